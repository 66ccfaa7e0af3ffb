// The command `doctor`: gathers evidence, judges it and prints the diagnosis.
#include <chrono>
#include <ostream>
#include <string>

#include "engine/clock.h"
#include "web/cli/command.h"
#include "web/config/setting_values.h"
#include "web/doctor/host_facts.h"
#include "web/doctor/judgement.h"
#include "web/doctor/visit.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {
namespace {

std::string_view nameOf(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

void writeFinding(JsonWriter& json, const Finding& finding) {
  json.beginObject().key("severity").string(nameOf(finding.severity));
  json.key("what").string(finding.what).key("why").string(finding.why);
  json.key("change").string(finding.change).key("setting");
  finding.setting.empty() ? json.null() : json.string(finding.setting);
  json.endObject();
}

void printJson(Terminal& terminal, const Evidence& evidence, const Diagnosis& diagnosis) {
  const auto& signIn = evidence.server.signIn;
  JsonWriter json;
  json.beginObject().key("healthy").boolean(isHealthy(diagnosis)).key("seenAddress");
  signIn && !signIn->seenAddress.empty() ? json.string(signIn->seenAddress) : json.null();
  json.key("checks").beginArray();
  for (const Check& check : diagnosis) {
    json.beginObject().key("topic").string(check.topic).key("notChecked");
    check.notChecked.empty() ? json.null() : json.string(check.notChecked);
    json.key("findings").beginArray();
    for (const Finding& finding : check.findings) writeFinding(json, finding);
    json.endArray().endObject();
  }
  json.endArray().endObject();
  terminal.out << json.text() << '\n';
}

void printText(Terminal& terminal, const Evidence& evidence, const Diagnosis& diagnosis) {
  for (const Check& check : diagnosis) {
    for (const Finding& finding : check.findings)
      terminal.out << nameOf(finding.severity) << ": " << check.topic << ": " << printable(finding.what)
                   << "\n    Why it matters: " << printable(finding.why)
                   << "\n    What to change: " << printable(finding.change) << '\n';
    if (!check.notChecked.empty())
      terminal.out << "not checked: " << check.topic << ": " << printable(check.notChecked) << '\n';
    else if (check.findings.empty())
      terminal.out << "good: " << check.topic << '\n';
  }
  if (const auto& signIn = evidence.server.signIn; signIn && !signIn->seenAddress.empty())
    terminal.out << "The server saw this machine as " << printable(signIn->seenAddress) << ".\n";
}

VisitPlan planOf(const Arguments& arguments, Terminal& terminal) {
  VisitPlan plan;
  plan.url = ServerUrl::parse(arguments.url);
  plan.now = [] { return systemClock().now(); };
  if (!arguments.origin.empty()) {
    checkOrigin(arguments.origin);
    plan.foreignOrigin = arguments.origin;
  }
  if (!arguments.email.empty())
    plan.credentials =
        Credentials{arguments.email, [&terminal] { return readHiddenLine(terminal, "Password: "); }};
  plan.plainPassword = arguments.plainPassword;
  return plan;
}

}  // namespace

ExitCode examine(CommandContext& context) {
  const VisitPlan plan = planOf(context.arguments, context.terminal);
  const Evidence evidence{plan.url, plan.now(), ownAddresses(), visit(plan),
                          lookAtHost(context.loaded.config, context.backends.checkDatabase)};
  const Diagnosis diagnosis = diagnose(evidence);
  if (context.arguments.format == OutputFormat::json)
    printJson(context.terminal, evidence, diagnosis);
  else
    printText(context.terminal, evidence, diagnosis);
  return isHealthy(diagnosis) ? ExitCode::done : ExitCode::failed;
}

}  // namespace glitch_protocol::web
