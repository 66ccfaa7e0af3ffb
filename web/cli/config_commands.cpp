// The commands `serve`, `check-config`, `secret` and `backup`.
#include <ostream>
#include <string>
#include <vector>

#include "engine/random.h"
#include "web/cli/command.h"
#include "web/cli/open_engine.h"
#include "web/config/database_files.h"
#include "web/config/jwt_secret.h"
#include "web/config/settings.h"
#include "web/config/tls_files.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

void printJson(Terminal& terminal, const LoadedConfig& loaded) {
  JsonWriter json;
  json.beginObject().key("file");
  loaded.file.empty() ? json.null() : json.string(loaded.file);
  json.key("settings").beginArray();
  for (const Assignment& value : loaded.values) {
    json.beginObject().key("key").string(value.key).key("value").string(value.value);
    const bool reloads = findSetting(value.key)->reload == Reload::running;
    json.key("from").string(value.origin).key("changes").string(reloads ? "SIGHUP" : "restart").endObject();
  }
  json.endArray().endObject();
  terminal.out << json.text() << '\n';
}

void printTable(Terminal& terminal, const LoadedConfig& loaded) {
  std::vector<std::vector<std::string>> rows{{"SETTING", "VALUE", "FROM"}};
  for (const Assignment& value : loaded.values) rows.push_back({value.key, value.value, value.origin});
  terminal.out << formatTable(rows);
}

}  // namespace

ExitCode checkConfig(CommandContext& context) {
  context.backends.checkDatabase(context.loaded.config);
  checkJwtSecret(context.loaded.config);
  checkTlsFiles(context.loaded.config);
  if (context.arguments.format == OutputFormat::json)
    printJson(context.terminal, context.loaded);
  else
    printTable(context.terminal, context.loaded);
  context.terminal.err << "the configuration is good\n";
  return ExitCode::done;
}

ExitCode printSecret(CommandContext& context) {
  context.terminal.out << makeSecret(systemRandom()).view() << '\n';
  return ExitCode::done;
}

ExitCode backup(CommandContext& context) {
  requireDatabase(context.loaded.config);
  checkTargetOfBackup(context.arguments.file);
  const auto database = context.backends.openDatabase(context.loaded.config);
  database->backup(context.arguments.file);
  context.terminal.err << "copied " << printable(context.loaded.config.database) << " to "
                       << printable(context.arguments.file) << '\n';
  return ExitCode::done;
}

ExitCode serve(CommandContext& context) {
  context.backends.serve(context.loaded);
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
