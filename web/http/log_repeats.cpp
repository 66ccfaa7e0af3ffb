#include "web/http/log_repeats.h"

#include <functional>
#include <utility>

#include "web/http/client_address.h"

namespace glitch_protocol::web {
namespace {

using TimePoint = LogRepeats::TimePoint;

constexpr std::string_view severalSites = "several";  // no address looks like this
constexpr std::chrono::seconds timeBetweenSearches{1};

bool hasPassed(std::chrono::seconds time, TimePoint since, TimePoint now) {
  return now < since || now - since >= time;
}

}  // namespace

std::size_t LogRepeats::KindHash::operator()(const Kind& kind) const {
  const std::size_t event = std::hash<std::string_view>{}(kind.event);
  const std::size_t site = std::hash<std::string>{}(kind.site);
  return (event * 31 + site) * 31 + static_cast<std::size_t>(kind.level);
}

std::optional<RepeatSum> LogRepeats::add(LogLevel level, std::string_view event, std::string_view address,
                                         std::string fields, TimePoint now) {
  Kind kind{level, event, siteOf(address)};
  const MutexLock lock(mutex_);
  const auto found = place(std::move(kind), now);
  Tally& tally = found->second;
  const bool isOver = hasPassed(interval, tally.begin, now);
  if (isOver && tally.repeated == 0) {
    tally.begin = now;
    return RepeatSum{level, event, std::move(fields), 0, RepeatSource::oneAddress};
  }
  ++tally.repeated;
  ++counted_;
  tally.fields = std::move(fields);
  return isOver ? std::optional(takeSum(*found, now)) : std::nullopt;
}

std::vector<RepeatSum> LogRepeats::expire(Sums which, TimePoint now) {
  std::vector<RepeatSum> sums;
  const MutexLock lock(mutex_);
  for (auto& entry : tallies_) {
    const bool isDue = which == Sums::all || hasPassed(interval, entry.second.begin, now);
    if (isDue && entry.second.repeated > 0) sums.push_back(takeSum(entry, now));
  }
  forgetQuiet(now);
  return sums;
}

std::uint64_t LogRepeats::counted() const {
  const MutexLock lock(mutex_);
  return counted_;
}

/// The tally of that kind, or a new one whose interval is already over.
LogRepeats::Tallies::iterator LogRepeats::place(Kind kind, TimePoint now) {
  const auto found = tallies_.find(kind);
  if (found != tallies_.end()) return found;
  if (tallies_.size() >= maxPairs && hasPassed(timeBetweenSearches, lastForgotten_, now)) forgetQuiet(now);
  if (tallies_.size() >= maxPairs) kind.site = severalSites;
  const auto [entry, isNew] = tallies_.try_emplace(std::move(kind));
  if (isNew) entry->second.begin = now - interval;
  return entry;
}

void LogRepeats::forgetQuiet(TimePoint now) {
  lastForgotten_ = now;
  std::erase_if(tallies_, [now](const auto& entry) {
    return entry.second.repeated == 0 && hasPassed(interval, entry.second.begin, now);
  });
}

RepeatSum LogRepeats::takeSum(Tallies::value_type& entry, TimePoint now) {
  auto& [kind, tally] = entry;
  tally.begin = now;
  const RepeatSource source =
      kind.site == severalSites ? RepeatSource::severalAddresses : RepeatSource::oneAddress;
  return {kind.level, kind.event, std::exchange(tally.fields, {}), std::exchange(tally.repeated, 0), source};
}

}  // namespace glitch_protocol::web
