// The commands `session list` and `session terminate`.
#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "engine/audit_events.h"
#include "engine/text/iso_time.h"
#include "web/api/device_label.h"
#include "web/api/views.h"
#include "web/cli/command.h"
#include "web/cli/open_engine.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

void printJson(Terminal& terminal, const std::vector<SessionInfo>& sessions) {
  JsonWriter json;
  json.beginObject().key("sessions");
  writeSessions(json, sessions, SessionId{});
  json.endObject();
  terminal.out << json.text() << '\n';
}

void printTable(Terminal& terminal, const std::vector<SessionInfo>& sessions) {
  std::vector<std::vector<std::string>> rows{
      {"ID", "DEVICE", "ADDRESS", "SIGNED IN", "LAST ACTIVITY", "EXPIRES"}};
  for (const SessionInfo& session : sessions)
    rows.push_back({session.id.str(), deviceOrAgent(session.client.userAgent), session.client.ipAddress,
                    formatTime(session.createdAt), formatTime(session.lastActivity),
                    formatTime(session.expiresAt)});
  terminal.out << formatTable(rows);
}

/// The events of the ended sessions name their devices; this further one says who ended them.
void recordAct(OpenEngine& open, const UserId& user, const std::optional<SessionId>& session) {
  const ClientInfo operatorsCommand{"", "auth-server session terminate"};
  open.engine().record({open.engine().clock().now(), std::string(audit::sessionTerminated), user, session,
                        operatorsCommand, Actor::operatorCommand});
}

std::size_t endAllOf(OpenEngine& open, const UserId& user) {
  const SessionId noneIsSpared;
  const std::size_t ended = open.engine().terminateAllOtherSessions(user, noneIsSpared, Actor::server);
  if (ended > 0) recordAct(open, user, std::nullopt);
  return ended;
}

std::size_t endOne(OpenEngine& open, const SessionId& id) {
  std::optional<Session> session;
  open.database().read([&](Reader& reader) { session = reader.sessions().find(id); });
  if (!session) throw createSessionNotFoundError();
  open.engine().terminateSession(id, session->userId, "", Actor::server);
  recordAct(open, session->userId, id);
  return 1;
}

std::size_t endChosen(OpenEngine& open, const Arguments& arguments) {
  switch (arguments.sessions) {
    case SessionChoice::one:
      return endOne(open, SessionId(arguments.sessionId));
    case SessionChoice::allOfUser:
      return endAllOf(open, requireUser(open.accounts(), arguments.email).id);
    case SessionChoice::allOfEverybody:
      break;
  }
  std::size_t ended = 0;
  forEachUser(open.accounts(), [&](const User& user) { ended += endAllOf(open, user.id); });
  return ended;
}

}  // namespace

ExitCode listSessions(CommandContext& context) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  const User user = requireUser(open.accounts(), context.arguments.email);
  const std::vector<SessionInfo> sessions = open.engine().getActiveSessions(user.id);
  if (context.arguments.format == OutputFormat::json)
    printJson(context.terminal, sessions);
  else
    printTable(context.terminal, sessions);
  return ExitCode::done;
}

ExitCode terminateSessions(CommandContext& context) {
  const Arguments& arguments = context.arguments;
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  if (arguments.sessions == SessionChoice::allOfEverybody && arguments.confirmation == Confirmation::ask &&
      !isConfirmed(context.terminal, "Sign out everybody, everywhere?")) {
    context.terminal.err << "nothing was changed\n";
    return ExitCode::failed;
  }
  const std::size_t ended = endChosen(open, arguments);
  open.engine().flushRecords();
  context.terminal.err << "ended " << ended << (ended == 1 ? " session\n" : " sessions\n");
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
