// Reads the actions of commands from the account history.
#include "web/serve/command_log.h"

#include <algorithm>
#include <vector>

#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t maxEvents = 200;

template <class Value>
std::string idText(const std::optional<Value>& id) {
  return id ? id->str() : "";
}

}  // namespace

CommandLog::CommandLog(DatabaseAdapter& database, Log& log) : database_(database), log_(log) {
  for (const AuditEvent& event : latest()) setReported(event);
}

/// The latest events, oldest first.
std::vector<AuditEvent> CommandLog::latest() {
  std::vector<AuditEvent> events;
  database_.read([&](Reader& reader) { events = reader.audit().listLatest(maxEvents); });
  std::ranges::sort(events, {}, &AuditEvent::id);
  return events;
}

// Ids restart when the whole history has been purged or an older copy of the database has been restored; then
// the times show which events are new.
bool CommandLog::isNew(const AuditEvent& event) const {
  return event.id > lastId_ || event.time > lastTime_;
}

void CommandLog::setReported(const AuditEvent& event) {
  lastId_ = event.id;
  lastTime_ = std::max(lastTime_, event.time);
}

void CommandLog::writeNew() {
  for (const AuditEvent& event : latest()) {
    if (!isNew(event)) continue;
    setReported(event);
    if (event.actor != Actor::operatorCommand) continue;
    log_.write(LogLevel::info, "command_carried_out",
               {{"act", event.event},
                {"user", idText(event.userId)},
                {"session", idText(event.sessionId)},
                {"command", event.client.userAgent}});
  }
}

}  // namespace glitch_protocol::web
