// The control plane for the conditions of a world: clock, faults, rotation, and the requests and events seen.
#include <chrono>
#include <string>

#include "web/http/json_writer.h"
#include "web/stub/control.h"

namespace glitch_protocol::web::controls {

namespace {

constexpr std::int64_t maxAdvance = 10L * 365 * 24 * 60 * 60;  // seconds
constexpr std::int64_t maxWait = 60;                           // seconds

/// The query parameter `wait`, in whole seconds.
std::chrono::seconds patienceOf(const ControlCall& call) {
  const std::string text = call.query("wait");
  if (text.empty()) return std::chrono::seconds{0};
  const bool isNumber = text.size() <= 2 && text.find_first_not_of("0123456789") == std::string::npos;
  const std::int64_t seconds = isNumber ? std::stol(text) : maxWait + 1;
  if (seconds > maxWait)
    throw ValidationError({{"wait", "OUT_OF_RANGE", "Use a whole number of seconds from 0 to 60."}});
  return std::chrono::seconds{seconds};
}

void answerList(ControlCall& call, std::string_view name, const std::vector<std::string>& items) {
  JsonWriter json;
  json.beginObject().key(name).beginArray();
  for (const std::string& item : items) json.json(item);
  json.endArray().endObject();
  succeed(call.answer, 200, json.text());
}

}  // namespace

void getClock(ControlCall& call) {
  JsonWriter json;
  json.beginObject();
  json.key("now").time(call.world.clock().now());
  json.key("frozen").boolean(call.world.clock().pace() == StubClock::Pace::frozen);
  json.endObject();
  succeed(call.answer, 200, json.text());
}

void putClock(ControlCall& call) {
  FieldErrors errors;
  Fields fields(call.body, Typing::json, errors);
  const auto now = fields.time("now");
  const auto advance = fields.integer("advanceSeconds", 0, maxAdvance);
  const auto frozen = fields.boolean("frozen");
  if (now && advance) fields.reject("advanceSeconds", "NOT_ALLOWED", "Send now or advanceSeconds, not both.");
  if (call.body.empty()) fields.reject("now", "REQUIRED", "Send now, advanceSeconds or frozen.");
  fields.refuseOthers();
  errors.throwAny();

  call.world.turnClock([&](StubClock& clock) {
    if (frozen) clock.setPace(*frozen ? StubClock::Pace::frozen : StubClock::Pace::running);
    if (now) clock.moveTo(*now);
    if (advance) clock.moveTo(clock.now() + std::chrono::seconds{*advance});
  });
  getClock(call);
}

void getFaults(ControlCall& call) {
  JsonWriter json;
  json.beginObject();
  writeFaultRules(json.key("faults"), call.world.faults().list());
  json.endObject();
  succeed(call.answer, 200, json.text());
}

void putFaults(ControlCall& call) {
  call.world.faults().replace(readFaultRules(call.body));
  getFaults(call);
}

void deleteFaults(ControlCall& call) {
  call.world.faults().replace({});
  succeed(call.answer);
}

void getRequests(ControlCall& call) {
  const std::string path = call.query("path");
  const auto matches = [&](const SeenRequest& seen) { return matchesPath(path, seen.path); };
  answerList(call, "requests", call.world.requests().find(matches, patienceOf(call)));
}

void deleteRequests(ControlCall& call) {
  call.world.requests().clear();
  succeed(call.answer);
}

void getEvents(ControlCall& call) {
  const std::string user = call.query("user");
  const auto matches = [&](const SeenEvent& seen) {
    return user.empty() || seen.userId == user || seen.email == user;
  };
  answerList(call, "events", call.world.events().find(matches, patienceOf(call)));
}

void putRotation(ControlCall& call) {
  FieldErrors errors;
  Fields fields(call.body, Typing::json, errors);
  const auto enabled = fields.boolean("enabled");
  if (!fields.has("enabled")) fields.reject("enabled", "REQUIRED", "Send true or false.");
  fields.refuseOthers();
  errors.throwAny();
  call.world.setRotation(*enabled ? RefreshRotation::rotate : RefreshRotation::keep);
  JsonWriter json;
  json.beginObject().key("enabled").boolean(*enabled).endObject();
  succeed(call.answer, 200, json.text());
}

}  // namespace glitch_protocol::web::controls
