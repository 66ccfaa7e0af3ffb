#include "web/stub/worlds.h"

#include <utility>

#include "engine/errors.h"

namespace glitch_protocol::web {

namespace {

constexpr std::size_t maxWorlds = 256;
constexpr const char* field = "X-Auth-Namespace";

}  // namespace

Worlds::Worlds(WorldSettings settings, const std::string& file, Log& log)
    : settings_(std::move(settings)), log_(log), default_(settings_, "", file, log, delaying_) {}

StubWorld& Worlds::named(std::string_view name) {
  if (!isWorldName(name))
    throw ValidationError({{field, "NOT_ALLOWED", "Use letters, digits and dashes, at most 64."}});
  const MutexLock lock(mutex_);
  if (const auto found = worlds_.find(name); found != worlds_.end()) return *found->second;
  if (worlds_.size() >= maxWorlds)
    throw ValidationError({{field, "TOO_MANY", "The maximum is 256 namespaces; reuse one of them."}});
  auto world = std::make_unique<StubWorld>(settings_, std::string(name), "", log_, delaying_);
  return *worlds_.emplace(name, std::move(world)).first->second;
}

void Worlds::forEach(const std::function<void(StubWorld&)>& visit) {
  visit(default_);
  const MutexLock lock(mutex_);
  for (const auto& [name, world] : worlds_) visit(*world);
}

std::string makeSeedImage(const WorldSettings& settings, const Seed& seed) {
  const WorldStore scratch = settings.makeStore("", systemClock());
  scratch.database->write([&](Writer& writer) {
    applySeed(writer, seed, systemClock().now(), settings.engine.refreshTokenExpiryDays);
  });
  return scratch.database->image();
}

bool isWorldName(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
  return !name.empty() && name.size() <= 64 && name.find_first_not_of(allowed) == std::string_view::npos;
}

}  // namespace glitch_protocol::web
