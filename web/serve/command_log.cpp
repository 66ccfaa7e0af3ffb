#include "web/serve/command_log.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/text/iso_time.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t eventsLookedAt = 200;

template <class Value>
std::string idText(const std::optional<Value>& id) {
  return id ? id->str() : "";
}

std::string keyOf(const AuditEvent& event) {
  return formatTime(event.time) + ' ' + event.event + ' ' + idText(event.userId) + ' ' +
         idText(event.sessionId);
}

}  // namespace

/// What operators did, oldest first.
struct CommandLog::Acts {
  std::vector<AuditEvent> events;
  std::multiset<std::string> keys;
};

CommandLog::CommandLog(DatabaseAdapter& database, Log& log) : database_(database), log_(log) {
  told_ = read().keys;
}

CommandLog::Acts CommandLog::read() {
  Acts acts;
  database_.read([&](Reader& reader) { acts.events = reader.audit().listLatest(eventsLookedAt); });
  // A command has no address, and concerns a user: a row with neither counts strangers' failed sign-ins.
  std::erase_if(acts.events,
                [](const AuditEvent& event) { return !event.client.ipAddress.empty() || !event.userId; });
  std::ranges::reverse(acts.events);
  for (const AuditEvent& event : acts.events) acts.keys.insert(keyOf(event));
  return acts;
}

void CommandLog::writeNew() {
  Acts acts = read();
  for (const AuditEvent& event : acts.events) {
    if (const auto known = told_.find(keyOf(event)); known != told_.end()) {
      told_.erase(known);
      continue;
    }
    log_.write(LogLevel::info, "command_carried_out",
               {{"act", event.event},
                {"user", idText(event.userId)},
                {"session", idText(event.sessionId)},
                {"command", event.client.userAgent}});
  }
  told_ = std::move(acts.keys);
}

}  // namespace glitch_protocol::web
