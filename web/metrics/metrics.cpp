#include "web/metrics/metrics.h"

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace glitch_protocol::web {
namespace {

constexpr double nanoseconds = 1e9;
constexpr std::size_t notRefused = 0;

constexpr std::string_view loginPath = "/api/auth/login";
constexpr std::string_view refreshPath = "/api/auth/refresh";

/// The label of a reason of the engine.
struct Cause {
  RefusalReason reason;
  std::string_view label;
};
constexpr std::array loginCauses = std::to_array<Cause>({
    {RefusalReason::unknownUser, "unknown_user"},
    {RefusalReason::wrongPassword, "wrong_password"},
    {RefusalReason::userDisabled, "disabled"},
    {RefusalReason::other, "other"},
});

std::size_t indexOfCause(RefusalReason reason) {
  const auto found = std::ranges::find(loginCauses, reason, &Cause::reason);
  return static_cast<std::size_t>(std::min(found, loginCauses.end() - 1) - loginCauses.begin());
}

/// The path of each RouteId, as a label.
std::vector<std::string_view> labelledPaths() {
  std::vector<std::string_view> paths(routeIds, "other");
  for (const Route& route : routes()) paths[static_cast<std::size_t>(route.id)] = route.path;
  return paths;
}

std::vector<std::uint64_t> inNanoseconds(std::initializer_list<std::uint64_t> microseconds) {
  std::vector<std::uint64_t> bounds(microseconds);
  for (std::uint64_t& bound : bounds) bound *= 1000;
  return bounds;
}

std::vector<std::uint64_t> timeBounds() {
  return inNanoseconds({100, 250, 500, 1000, 2500, 5000, 10'000, 25'000, 50'000, 100'000, 250'000, 500'000,
                        1'000'000, 2'500'000});
}

double number(std::uint64_t value) {
  return static_cast<double>(value);
}

}  // namespace

Metrics::Metrics()
    : paths_(labelledPaths()),
      codes_(refusalCodes()),
      results_(paths_.size() * (codes_.size() + 1)),
      loginFailures_(loginCauses.size()),
      latencies_(timeBounds(), paths_.size()),
      commitSizes_({1, 2, 4, 8, 16, 32, 64, 128}, 1),
      commitTimes_(timeBounds(), 1) {}

void Metrics::add(MetricReading reading) {
  readings_.push_back(std::move(reading));
}

std::size_t Metrics::indexOf(const Outcome* refusal) const {
  if (refusal == nullptr) return notRefused;
  const auto found = std::ranges::find(codes_, refusal->code);
  return 1 + static_cast<std::size_t>(found - codes_.begin());
}

void Metrics::answered(const Route& route, const Outcome* refusal, std::chrono::nanoseconds took) {
  const auto index = static_cast<std::size_t>(route.id);
  results_.add(resultColumn(index, indexOf(refusal)));
  latencies_.observe(index, static_cast<std::uint64_t>(took.count()));
  if (refusal != nullptr && refusal->code == glitch_protocol::code::invalidCredentials)
    loginFailures_.add(indexOfCause(refusal->reason));
}

void Metrics::committed(std::size_t writes, std::chrono::nanoseconds took) {
  commitSizes_.observe(0, writes);
  commitTimes_.observe(0, static_cast<std::uint64_t>(took.count()));
}

std::uint64_t Metrics::results(std::string_view path, std::string_view code) const {
  const auto route = static_cast<std::size_t>(std::ranges::find(paths_, path) - paths_.begin());
  const auto column = static_cast<std::size_t>(std::ranges::find(codes_, code) - codes_.begin()) + 1;
  return results_.read(resultColumn(route, code.empty() ? notRefused : column));
}

std::string Metrics::text() const {
  Exposition text;
  writeSignIns(text);
  writeRefreshes(text);
  writeRefusals(text);
  writeLatencies(text);
  writeCommits(text);
  writeReadings(text);
  return text.take();
}

void Metrics::writeSignIns(Exposition& text) const {
  text.family("auth_server_logins_total", Exposition::Type::counter, "Decided logins by outcome.");
  text.sample(number(results(loginPath, "")), {{"outcome", "succeeded"}});
  text.sample(number(results(loginPath, glitch_protocol::code::invalidCredentials)), {{"outcome", "failed"}});
  text.sample(number(results(loginPath, code::rateLimited)), {{"outcome", "limited"}});
  text.family("auth_server_login_failures_total", Exposition::Type::counter,
              "Failed logins by cause, which clients are not told.");
  for (std::size_t i = 0; i < loginCauses.size(); ++i)
    text.sample(number(loginFailures_.read(i)), {{"cause", loginCauses[i].label}});
}

void Metrics::writeRefreshes(Exposition& text) const {
  const auto refused = [&](std::string_view code) { return number(results(refreshPath, code)); };
  text.family("auth_server_refreshes_total", Exposition::Type::counter, "Decided refresh tokens by outcome.");
  text.sample(refused(""), {{"outcome", "succeeded"}});
  text.sample(refused(glitch_protocol::code::tokenInvalid), {{"outcome", "invalid"}});
  text.sample(refused(glitch_protocol::code::tokenExpired), {{"outcome", "expired"}});
  text.sample(refused(glitch_protocol::code::tokenReuseDetected), {{"outcome", "reused"}});
  text.sample(refused(code::rateLimited), {{"outcome", "limited"}});
}

void Metrics::writeRefusals(Exposition& text) const {
  text.family("auth_server_refusals_total", Exposition::Type::counter,
              "Refused requests by route and code; combinations without requests are omitted.");
  for (std::size_t route = 0; route < paths_.size(); ++route) {
    for (std::size_t code = 0; code < codes_.size(); ++code) {
      const std::uint64_t count = results_.read(resultColumn(route, code + 1));
      if (count > 0) text.sample(number(count), {{"route", paths_[route]}, {"code", codes_[code]}});
    }
  }
}

void Metrics::writeLatencies(Exposition& text) const {
  text.family("auth_server_request_duration_seconds", Exposition::Type::histogram,
              "Time to answer a request, from when a thread began to process it.");
  for (std::size_t route = 0; route < paths_.size(); ++route)
    text.histogram(latencies_.read(route), latencies_.bounds(), nanoseconds, {{"route", paths_[route]}});
}

void Metrics::writeCommits(Exposition& text) const {
  text.family("auth_server_commit_writes", Exposition::Type::histogram,
              "Number of writes that shared a commit to disk.");
  text.histogram(commitSizes_.read(0), commitSizes_.bounds(), 1);
  text.family("auth_server_commit_duration_seconds", Exposition::Type::histogram,
              "Duration of a commit to disk.");
  text.histogram(commitTimes_.read(0), commitTimes_.bounds(), nanoseconds);
}

void Metrics::writeReadings(Exposition& text) const {
  std::string_view family;
  for (const MetricReading& reading : readings_) {
    if (reading.name != family) text.family(reading.name, reading.type, reading.help);
    family = reading.name;
    try {
      text.sample(reading.read(), reading.labels);
    } catch (const std::exception&) {
      // A value that is unavailable now is omitted; the other samples are written.
    }
  }
}

}  // namespace glitch_protocol::web
