// The commands `user add`, `list`, `passwd`, `disable`, `enable` and `delete`.
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "engine/text/iso_time.h"
#include "web/cli/command.h"
#include "web/cli/open_engine.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

void writeJson(JsonWriter& json, const User& user) {
  json.beginObject();
  json.key("id").string(user.id.str()).key("email").string(user.email).key("name");
  user.name ? json.string(*user.name) : json.null();
  json.key("createdAt").time(user.createdAt).key("disabledAt");
  user.disabledAt ? json.time(*user.disabledAt) : json.null();
  json.endObject();
}

void printJson(Terminal& terminal, const std::vector<User>& users) {
  JsonWriter json;
  json.beginObject().key("users").beginArray();
  for (const User& user : users) writeJson(json, user);
  json.endArray().endObject();
  terminal.out << json.text() << '\n';
}

void printTable(Terminal& terminal, const std::vector<User>& users) {
  std::vector<std::vector<std::string>> rows{{"EMAIL", "NAME", "ID", "CREATED", "STATE"}};
  for (const User& user : users)
    rows.push_back({user.email, user.name.value_or("-"), user.id.str(), formatTime(user.createdAt),
                    user.disabledAt ? "disabled" : "active"});
  terminal.out << formatTable(rows);
}

/// Changes one user and prints one sentence about it.
template <class Change>
ExitCode changeUser(CommandContext& context, const std::string& sentence, Change change) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  const User user = requireUser(open.accounts(), context.arguments.email);
  change(open.accounts(), user);
  open.engine().flushRecords();
  context.terminal.err << sentence << ": " << printable(user.email) << '\n';
  return ExitCode::done;
}

}  // namespace

ExitCode addUser(CommandContext& context) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::create);
  const Secret password = readNewPassword(context.terminal);
  NewUser wanted{context.arguments.email, std::string(password.view()), context.arguments.name};
  const User user = open.accounts().addUser(wanted);
  wipe(wanted.password);

  context.terminal.err << "added " << printable(user.email) << '\n';
  if (context.arguments.format == OutputFormat::json) {
    JsonWriter json;
    writeJson(json, user);
    context.terminal.out << json.text() << '\n';
  } else {
    context.terminal.out << user.id.str() << '\n';
  }
  return ExitCode::done;
}

ExitCode listUsers(CommandContext& context) {
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  std::vector<User> users;
  forEachUser(open.accounts(), [&](const User& user) { users.push_back(user); });
  if (context.arguments.format == OutputFormat::json)
    printJson(context.terminal, users);
  else
    printTable(context.terminal, users);
  return ExitCode::done;
}

ExitCode setPassword(CommandContext& context) {
  return changeUser(context, "password set, all sessions ended", [&](Accounts& accounts, const User& user) {
    const Secret password = readNewPassword(context.terminal);
    accounts.setPassword(user.id, password.view());
  });
}

ExitCode disableUser(CommandContext& context) {
  return changeUser(context, "disabled, all sessions ended",
                    [](Accounts& accounts, const User& user) { accounts.disableUser(user.id); });
}

ExitCode enableUser(CommandContext& context) {
  return changeUser(context, "enabled",
                    [](Accounts& accounts, const User& user) { accounts.enableUser(user.id); });
}

ExitCode deleteUser(CommandContext& context) {
  Terminal& terminal = context.terminal;
  OpenEngine open(context.loaded.config, context.backends, MissingDatabase::refuse);
  const User user = requireUser(open.accounts(), context.arguments.email);
  if (context.arguments.confirmation == Confirmation::ask &&
      !isConfirmed(terminal, "Delete " + printable(user.email) + " and all their sessions?")) {
    terminal.err << "nothing was changed\n";
    return ExitCode::failed;
  }
  open.accounts().deleteUser(user.id);
  terminal.err << "deleted: " << printable(user.email) << '\n';
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
