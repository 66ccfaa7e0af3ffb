// The command `version`: which program this is, and which libraries it uses.
#include <ostream>
#include <string>
#include <vector>

#include "web/cli/command.h"
#include "web/http/json_writer.h"
#include "web/serve/build_info.h"

namespace glitch_protocol::web {
namespace {

void write(JsonWriter& json, const std::vector<Library>& libraries) {
  for (const Library& library : libraries) json.key(library.name).string(library.version);
}

std::string describe(const BuildInfo& build, const std::vector<Library>& storeLibraries) {
  JsonWriter json;
  json.beginObject();
  json.key("version").string(build.version);
  json.key("commit").string(build.commit);
  json.key("build").string(build.type);
  json.key("compiler").string(build.compiler);
  json.key("libraries").beginObject();
  write(json, webLibraries());
  write(json, storeLibraries);
  write(json, engineLibraries());
  json.endObject().endObject();
  return json.take();
}

}  // namespace

ExitCode printVersion(CommandContext& context) {
  const BuildInfo build = buildInfo();
  std::ostream& out = context.terminal.out;
  if (context.arguments.format == OutputFormat::json) {
    out << describe(build, context.backends.storeLibraries) << '\n';
  } else {
    out << "auth-server " << build.version << " (" << build.commit << ", " << build.type << ")\n";
  }
  return ExitCode::done;
}

}  // namespace glitch_protocol::web
