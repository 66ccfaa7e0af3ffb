// The command `audit`: what happened to accounts and sessions.
#include <algorithm>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "engine/text/iso_time.h"
#include "web/api/device_label.h"
#include "web/cli/command.h"
#include "web/cli/open_engine.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

/// Events in chronological order, with the e-mail addresses of the users who still exist.
struct History {
  std::vector<AuditEvent> events;
  std::map<UserId, std::string> emails;

  std::string emailOf(const AuditEvent& event) const {
    const auto found = event.userId ? emails.find(*event.userId) : emails.end();
    return found == emails.end() ? "" : found->second;
  }
};

/// Events outlive their user: a deleted user can only be named by the id.
UserId userNamed(Accounts& accounts, const std::string& emailOrId) {
  if (emailOrId.find('@') == std::string::npos) return UserId(emailOrId);
  return requireUser(accounts, emailOrId).id;
}

History readHistory(OpenEngine& open, const Arguments& arguments) {
  const auto user =
      arguments.email.empty() ? std::nullopt : std::optional(userNamed(open.accounts(), arguments.email));
  History history;
  open.database().read([&](Reader& reader) {
    history.events =
        user ? reader.audit().list(*user, arguments.limit) : reader.audit().listLatest(arguments.limit);
    for (const AuditEvent& event : history.events) {
      if (!event.userId || history.emails.contains(*event.userId)) continue;
      if (const auto found = reader.users().find(*event.userId)) history.emails[found->id] = found->email;
    }
  });
  std::ranges::reverse(history.events);
  return history;
}

template <class Value>
std::string idText(const std::optional<Value>& id) {
  return id ? id->str() : "";
}

void writeOrNull(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

void printJson(Terminal& terminal, const History& history) {
  JsonWriter json;
  json.beginObject().key("events").beginArray();
  for (const AuditEvent& event : history.events) {
    json.beginObject().key("time").time(event.time).key("event").string(event.event);
    writeOrNull(json, "userId", idText(event.userId));
    writeOrNull(json, "email", history.emailOf(event));
    writeOrNull(json, "sessionId", idText(event.sessionId));
    json.key("ipAddress").string(event.client.ipAddress);
    json.key("userAgent").string(event.client.userAgent);
    json.key("device").string(deviceLabel(event.client.userAgent)).endObject();
  }
  json.endArray().endObject();
  terminal.out << json.text() << '\n';
}

std::string orDash(const std::string& text) {
  return text.empty() ? "-" : text;
}

void printTable(Terminal& terminal, const History& history) {
  std::vector<std::vector<std::string>> rows{{"TIME", "EVENT", "USER", "ADDRESS", "DEVICE", "SESSION"}};
  for (const AuditEvent& event : history.events) {
    const std::string email = history.emailOf(event);
    const std::string& agent = event.client.userAgent;
    rows.push_back({formatTime(event.time), event.event, orDash(email.empty() ? idText(event.userId) : email),
                    orDash(event.client.ipAddress), agent.empty() ? "-" : deviceOrAgent(agent),
                    orDash(idText(event.sessionId))});
  }
  terminal.out << formatTable(rows);
}

}  // namespace

ExitCode showAudit(CommandContext& context) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  const History history = readHistory(open, context.arguments);
  if (context.arguments.format == OutputFormat::json)
    printJson(context.terminal, history);
  else
    printTable(context.terminal, history);
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
