#include "web/serve/wal_watch.h"

#include <algorithm>
#include <string>
#include <utility>

namespace glitch_protocol::web {
namespace {

constexpr std::chrono::seconds restartInterval{5};

}  // namespace

WalWatch::WalWatch(Ports ports, std::uint64_t limit, Log& log)
    : ports_(std::move(ports)),
      limit_(limit),
      log_(log),
      restartedAt_(ports_.now()),
      restarts_(ports_.look().restarts),
      nextWarning_(limit) {}

void WalWatch::poll() {
  const Size size = ports_.look();
  if (size.restarts != restarts_) noteRestart(size.restarts);
  if (size.bytes < limit_) return;
  largest_ = std::max(largest_, size.bytes);
  if (size.bytes >= nextWarning_) warn(size.bytes);
  if (ports_.now() < nextRestart_) return;
  nextRestart_ = ports_.now() + restartInterval;
  ports_.restart();
}

std::chrono::milliseconds WalWatch::age() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(ports_.now() - restartedAt_.load());
}

void WalWatch::noteRestart(std::uint64_t restarts) {
  if (largest_ > 0)
    log_.write(LogLevel::warning, "wal_restarted",
               {{"largest", std::to_string(largest_)}, {"seconds", ageInSeconds()}});
  restarts_ = restarts;
  restartedAt_ = ports_.now();
  nextWarning_ = limit_;
  largest_ = 0;
}

void WalWatch::warn(std::uint64_t bytes) {
  log_.write(LogLevel::warning, "wal_large",
             {{"bytes", std::to_string(bytes)},
              {"seconds", ageInSeconds()},
              {"advice",
               "a long read transaction keeps the write-ahead log from being emptied: end long transactions "
               "of other programs (sqlite3 shells, backups)"}});
  while (nextWarning_ <= bytes) nextWarning_ *= 2;
}

std::string WalWatch::ageInSeconds() const {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(age()).count());
}

}  // namespace glitch_protocol::web
