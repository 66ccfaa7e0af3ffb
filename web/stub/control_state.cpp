// The control plane for the state of a world: reset, seed, users, snapshots, and reading all of it.
#include <string>

#include "web/api/views.h"
#include "web/http/errors.h"
#include "web/http/json_writer.h"
#include "web/stub/control.h"
#include "web/stub/worlds.h"

namespace glitch_protocol::web::controls {

namespace {

constexpr std::size_t usersPerPage = 500;
constexpr std::size_t maxEvents = 1000;
constexpr std::size_t maxSessions = 10'000;

void refuseBody(const ControlCall& call) {
  FieldErrors errors;
  Fields fields(call.body, Typing::json, errors);
  fields.refuseOthers();
  errors.throwAny();
}

std::string snapshotName(const ControlCall& call) {
  refuseBody(call);
  if (!isWorldName(call.parts.front()))
    throw ValidationError({{"name", "NOT_ALLOWED", "Use letters, digits and dashes, at most 64."}});
  return call.parts.front();
}

void writeOptional(JsonWriter& json, std::string_view key, const std::optional<TimePoint>& time) {
  json.key(key);
  time ? json.time(*time) : json.null();
}

void writeStoredSession(JsonWriter& json, const Session& session) {
  json.beginObject();
  json.key("id").string(session.id.str());
  json.key("userAgent").string(session.client.userAgent);
  json.key("ipAddress").string(session.client.ipAddress);
  json.key("createdAt").time(session.createdAt);
  json.key("lastActivity").time(session.lastActivity);
  json.key("expiresAt").time(session.expiresAt);
  writeOptional(json, "endedAt", session.endedAt);
  json.key("endReason");
  session.endReason.empty() ? json.null() : json.string(session.endReason);
  json.key("listening").boolean(session.socketId.has_value());
  json.endObject();
}

void writeStoredUser(JsonWriter& json, Reader& reader, const User& user) {
  json.beginObject();
  json.key("id").string(user.id.str());
  json.key("email").string(user.email);
  json.key("name");
  user.name ? json.string(*user.name) : json.null();
  json.key("createdAt").time(user.createdAt);
  json.key("disabled").boolean(user.disabledAt.has_value());
  json.key("hasPassword").boolean(!user.passwordHash.empty());
  json.key("sessions").beginArray();
  for (const Session& session : reader.sessions().listAll(user.id, maxSessions))
    writeStoredSession(json, session);
  json.endArray();
  writeActivity(json.key("activity"), reader.audit().list(user.id, maxEvents));
  json.endObject();
}

void writeUsers(JsonWriter& json, Reader& reader) {
  json.beginArray();
  std::string after;
  for (;;) {
    const std::vector<User> users = reader.users().list(after, usersPerPage);
    for (const User& user : users) writeStoredUser(json, reader, user);
    if (users.size() < usersPerPage) break;
    after = users.back().email;
  }
  json.endArray();
}

void writeUserOf(ControlCall& call, JsonWriter& json, const std::string& email) {
  const User user = call.world.accounts().getUserByEmail(email);
  writeUser(json, {user.id, user.email, user.name, user.createdAt});
}

}  // namespace

void reset(ControlCall& call) {
  refuseBody(call);
  call.world.reset();
  succeed(call.answer);
}

void seed(ControlCall& call) {
  const Seed seed = readSeed(call.body, call.world.hash());
  call.world.seed(seed);
  JsonWriter json;
  json.beginObject().key("users").beginArray();
  for (const SeedUser& user : seed.users) writeUserOf(call, json, user.email);
  json.endArray().key("sessions").beginArray();
  for (const SeedSession& session : seed.sessions)
    json.beginObject().key("id").string(session.id.str()).key("user").string(session.userEmail).endObject();
  json.endArray().endObject();
  succeed(call.answer, 200, json.text());
}

void putUser(ControlCall& call) {
  const Seed change = readUserChange(call.parts.front(), call.body, call.world.hash());
  call.world.change(change);
  const SeedUser& user = change.users.front();
  JsonWriter json;
  json.beginObject();
  writeUserOf(call, json.key("user"), user.newEmail.empty() ? user.email : user.newEmail);
  json.endObject();
  succeed(call.answer, 200, json.text());
}

void saveSnapshot(ControlCall& call) {
  call.world.saveSnapshot(snapshotName(call));
  succeed(call.answer);
}

void restoreSnapshot(ControlCall& call) {
  if (!call.world.restoreSnapshot(snapshotName(call))) throw createNotFoundError();
  succeed(call.answer);
}

void getState(ControlCall& call) {
  StubWorld& world = call.world;
  world.engine().flushRecords();
  JsonWriter json;
  json.beginObject();
  json.key("namespace").string(world.name());
  json.key("now").time(world.clock().now());
  json.key("frozen").boolean(world.clock().pace() == StubClock::Pace::frozen);
  json.key("rotation").boolean(world.rotation() == RefreshRotation::rotate);
  writeFaultRules(json.key("faults"), world.faults().list());
  json.key("snapshots").beginArray();
  for (const std::string& name : world.snapshots()) json.string(name);
  json.endArray();
  world.engine().getDatabaseAdapter().read([&](Reader& reader) { writeUsers(json.key("users"), reader); });
  json.endObject();
  succeed(call.answer, 200, json.text());
}

void getSecret(ControlCall& call) {
  JsonWriter json;
  json.beginObject();
  json.key("namespace").string(call.world.name());
  json.key("jwtSecret").string(call.world.secret().view());
  json.endObject();
  succeed(call.answer, 200, json.text());
}

}  // namespace glitch_protocol::web::controls
