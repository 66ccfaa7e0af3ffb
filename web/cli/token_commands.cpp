// The commands `token mint` and `token inspect`.
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "engine/audit_events.h"
#include "engine/text/iso_time.h"
#include "web/cli/command.h"
#include "web/cli/inspected_token.h"
#include "web/cli/open_engine.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

void printMintedJson(Terminal& terminal, const CreatedSession& created, std::chrono::minutes lifetime) {
  JsonWriter json;
  json.beginObject();
  json.key("accessToken").string(created.tokens.accessToken);
  json.key("expiresIn").number(std::chrono::seconds(lifetime).count());
  json.key("refreshToken").string(created.tokens.refreshToken);
  json.key("sessionId").string(created.session.id.str());
  json.key("userId").string(created.session.userId.str());
  json.endObject();
  terminal.out << json.text() << '\n';
}

/// Only the access token goes to standard output, so that a shell can use it directly.
void printMinted(Terminal& terminal, const CreatedSession& created) {
  terminal.out << created.tokens.accessToken << '\n';
  terminal.err << "session " << created.session.id.str() << "; this access token expires at "
               << formatTime(created.tokens.accessTokenExpiresAt)
               << "; --json prints the refresh token too\n";
}

void writeText(JsonWriter& json, std::string_view key, const std::string& text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}
void writeTime(JsonWriter& json, std::string_view key, const std::optional<TimePoint>& time) {
  json.key(key);
  time ? json.time(*time) : json.null();
}

void printInspectedJson(Terminal& terminal, const InspectedToken& token) {
  JsonWriter json;
  json.beginObject().key("kind").string(nameOf(token.kind));
  json.key("accepted").boolean(token.accepted);
  writeText(json, "code", token.code);
  writeText(json, "reason", token.reason);
  writeText(json, "sub", token.sub);
  writeText(json, "sessionId", token.sessionId);
  writeTime(json, "issuedAt", token.issuedAt);
  writeTime(json, "expiresAt", token.expiresAt);
  writeText(json, "session", token.session);
  json.endObject();
  terminal.out << json.text() << '\n';
}

void printLine(Terminal& terminal, std::string_view label, const std::string& text) {
  if (!text.empty()) terminal.out << label << printable(text) << '\n';
}

void printInspected(Terminal& terminal, const InspectedToken& token) {
  const auto timeText = [](const std::optional<TimePoint>& time) {
    return time ? formatTime(*time) : std::string();
  };
  terminal.out << "kind        " << nameOf(token.kind) << " token\n";
  terminal.out << "accepted    " << (token.accepted ? "yes" : "no") << '\n';
  printLine(terminal, "code        ", token.code);
  printLine(terminal, "reason      ", token.reason);
  printLine(terminal, "sub         ", token.sub);
  printLine(terminal, "sessionId   ", token.sessionId);
  printLine(terminal, "issued at   ", timeText(token.issuedAt));
  printLine(terminal, "expires at  ", timeText(token.expiresAt));
  printLine(terminal, "session     ", token.session);
}

}  // namespace

ExitCode mintToken(CommandContext& context) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  const User user = requireUser(open.accounts(), context.arguments.email);
  const ClientInfo client{"", "auth-server token mint"};
  const CreatedSession created = open.engine().createSession(user.id, client.ipAddress, client.userAgent);
  open.engine().record({created.session.createdAt, std::string(audit::loginSucceeded), user.id,
                        created.session.id, client, Actor::operatorCommand});
  open.engine().flushRecords();
  if (context.arguments.format == OutputFormat::json)
    printMintedJson(context.terminal, created, context.loaded.config.engine.accessTokenExpiryMinutes);
  else
    printMinted(context.terminal, created);
  return ExitCode::done;
}

ExitCode inspectToken(CommandContext& context) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  const Secret token = readHiddenLine(context.terminal, "Token: ");
  const InspectedToken result = inspect(open.engine(), token.view());
  if (context.arguments.format == OutputFormat::json)
    printInspectedJson(context.terminal, result);
  else
    printInspected(context.terminal, result);
  return result.accepted ? ExitCode::done : ExitCode::failed;
}

}  // namespace glitch_protocol::web
