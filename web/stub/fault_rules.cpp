#include "web/stub/fault_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "web/http/errors.h"

namespace glitch_protocol::web {

namespace {

constexpr std::size_t maxRules = 100;
constexpr std::int64_t maxDelay = 60'000;  // milliseconds
constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};

std::size_t countDelays(const std::vector<FaultRule>& rules) {
  return static_cast<std::size_t>(
      std::ranges::count_if(rules, [](const FaultRule& rule) { return rule.delay.count() > 0; }));
}

/// The code that production most commonly sends with that status.
std::string_view codeOf(int status) {
  switch (status) {
    case 400:
      return code::badRequest;
    case 401:
      return glitch_protocol::code::tokenInvalid;
    case 403:
      return code::originNotAllowed;
    case 404:
      return code::notFound;
    case 405:
      return code::methodNotAllowed;
    case 409:
      return glitch_protocol::code::emailTaken;
    case 422:
      return glitch_protocol::code::validationFailed;
    case 429:
      return code::rateLimited;
    case 503:
      return code::serverBusy;
    default:
      return code::internalError;
  }
}

bool isCode(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string_view::npos;
}

/// Completes a rule: adds the code for a status alone, and the status for a known code.
void completeAnswer(Fields& fields, FaultRule& rule) {
  if (!rule.code.empty() && !isCode(rule.code))
    fields.reject("code", "NOT_ALLOWED", "Use capital letters, digits and underscores.");
  if (rule.status && rule.code.empty()) rule.code = codeOf(*rule.status);
  if (rule.status || rule.code.empty()) return;
  const auto known = refusalCodes();
  if (std::ranges::find(known, rule.code) == known.end()) {
    fields.reject("status", "REQUIRED", "This code is not one of the server's own, so send a status too.");
    return;
  }
  rule.status = outcomeOf(std::make_exception_ptr(RequestError(rule.code, "")), "").status;
}

void readDrop(Fields& fields, FaultRule& rule) {
  const picojson::value* found = fields.find("drop");
  if (found == nullptr) return;
  const picojson::value& drop = *found;
  if (drop.is<bool>()) {
    rule.drop = drop.get<bool>() ? FaultRule::Drop::request : FaultRule::Drop::none;
  } else if (drop.is<std::string>() && drop.get<std::string>() == "request") {
    rule.drop = FaultRule::Drop::request;
  } else if (drop.is<std::string>() && drop.get<std::string>() == "answer") {
    rule.drop = FaultRule::Drop::answer;
  } else {
    fields.reject("drop", "NOT_ALLOWED", "Use true, \"request\" (the same) or \"answer\".");
  }
}

FaultRule readRule(Fields fields) {
  FaultRule rule;
  rule.method = fields.text("method").value_or("");
  if (!rule.method.empty() && std::ranges::find(methods, rule.method) == methods.end())
    fields.reject("method", "NOT_ALLOWED", "Use a method in capital letters, or leave it out for any.");
  rule.path = fields.text("path").value_or("");
  if (!rule.path.empty() && rule.path.front() != '/')
    fields.reject("path", "NOT_ALLOWED", "Begin with a slash; a * at the end matches any ending.");
  const auto status = fields.integer("status", 400, 599);
  if (status) rule.status = static_cast<int>(*status);
  rule.code = fields.text("code").value_or("");
  completeAnswer(fields, rule);
  rule.delay = std::chrono::milliseconds{fields.integer("delay", 0, maxDelay).value_or(0)};
  readDrop(fields, rule);
  if (const auto bytes = fields.integer("truncate", 0, 1 << 20))
    rule.truncate = static_cast<std::size_t>(*bytes);
  rule.times = fields.integer("times", 1, 1'000'000);
  const bool drops = rule.drop != FaultRule::Drop::none;
  if (!rule.status && rule.delay.count() == 0 && !drops && !rule.truncate)
    fields.reject("status", "REQUIRED", "Send at least one of status, code, delay, drop and truncate.");
  fields.refuseOthers();
  return rule;
}

}  // namespace

bool matchesPath(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern.empty() || pattern == path;
  return path.starts_with(pattern.substr(0, pattern.size() - 1));
}

std::vector<FaultRule> readFaultRules(const picojson::object& body) {
  FieldErrors errors;
  Fields outer(body, Typing::json, errors);
  if (!outer.has("faults"))
    outer.reject("faults", "REQUIRED", "Send the list of all rules; [] removes them.");
  std::vector<FaultRule> rules;
  for (const picojson::value& item : outer.array("faults")) {
    const std::string where = "faults[" + std::to_string(rules.size()) + "]";
    if (item.is<picojson::object>())
      rules.push_back(readRule(outer.inside(item.get<picojson::object>(), where)));
    else
      errors.note(where, "WRONG_TYPE", "A rule must be an object.");
  }
  if (rules.size() > maxRules) outer.reject("faults", "TOO_MANY", "Send at most 100 rules.");
  outer.refuseOthers();
  errors.throwAny();
  return rules;
}

void writeFaultRules(JsonWriter& json, const std::vector<FaultRule>& rules) {
  json.beginArray();
  for (const FaultRule& rule : rules) {
    json.beginObject();
    if (!rule.method.empty()) json.key("method").string(rule.method);
    if (!rule.path.empty()) json.key("path").string(rule.path);
    if (rule.status) json.key("status").number(*rule.status).key("code").string(rule.code);
    if (rule.delay.count() > 0) json.key("delay").number(rule.delay.count());
    if (rule.drop != FaultRule::Drop::none)
      json.key("drop").string(rule.drop == FaultRule::Drop::request ? "request" : "answer");
    if (rule.truncate) json.key("truncate").number(static_cast<std::int64_t>(*rule.truncate));
    if (rule.times) json.key("times").number(*rule.times);
    json.endObject();
  }
  json.endArray();
}

void FaultRules::replace(std::vector<FaultRule> rules) {
  const MutexLock lock(mutex_);
  delaying_ += countDelays(rules);
  delaying_ -= countDelays(rules_);
  rules_ = std::move(rules);
}

std::vector<FaultRule> FaultRules::list() const {
  const MutexLock lock(mutex_);
  return rules_;
}

std::optional<FaultRule> FaultRules::take(std::string_view method, std::string_view path) {
  const MutexLock lock(mutex_);
  const auto rule = std::ranges::find_if(rules_, [&](const FaultRule& one) {
    return (one.method.empty() || one.method == method) && matchesPath(one.path, path) && one.times != 0;
  });
  if (rule == rules_.end()) return std::nullopt;
  if (rule->times) --*rule->times;
  return *rule;
}

}  // namespace glitch_protocol::web
