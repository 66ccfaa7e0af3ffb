// Tests what clients see when the n-th disk operation of the server fails, for n = 1, 2, ... until none fails
// any more.
#include <chrono>
#include <memory>
#include <string>

#include "engine/errors.h"
#include "store/sqlite_database.h"
#include "tests/catch.h"
#include "tests/faults/failing_vfs.h"
#include "tests/support/api_fixture.h"
#include "tests/support/database_file.h"

namespace glitch_protocol::web {

namespace {

using store::DiskFault;
using store::FailingVfs;

store::SqliteOptions optionsFor(const std::string& path, const FailingVfs& vfs) {
  store::SqliteOptions options;
  options.path = path;
  options.vfs = vfs.name();
  // So that checkpoints fail too.
  options.checkpointPages = 10;
  return options;
}

World quietWorld() {
  World world;
  // Only the request causes disk operations.
  world.engine.recordingDelay = std::chrono::hours{24};
  world.api.rateLimits = RateLimits::off();
  return world;
}

/// A request with an effect, sent by a user with two sessions.
struct Change {
  const char* target;
  const char* body;
  int status;
};

Ask askFor(const Change& change, const std::string& email, const Visitor& laptop, const Visitor& phone) {
  Ask ask = post(change.target);
  std::string body = change.body;
  if (const auto at = body.find("EMAIL"); at != std::string::npos) body.replace(at, 5, email);
  if (const auto at = body.find("SESSION"); at != std::string::npos) body.replace(at, 7, phone.sessionId);
  if (!body.empty()) ask.json(body);
  if (std::string(change.target) == "/api/auth/refresh") return ask.cookie(laptop.refreshToken);
  return ask.bearer(laptop.accessToken);
}

/// What the database contains about this user and the one that the request may add.
std::string stateOf(Surface& surface, const std::string& email) {
  std::string state;
  surface.database.read([&](Reader& reader) {
    for (const std::string& address : {email, "new-" + email}) {
      const auto user = reader.users().findByEmail(address);
      if (!user) continue;
      state += user->email + user->passwordHash + "\n";
      for (const Session& session : reader.sessions().listLive(user->id, surface.clock.now()))
        state += session.id.str() + std::to_string(session.expiresAt.time_since_epoch().count()) + "\n";
    }
  });
  return state;
}

/// The result of a new probe, made after the previous result has expired.
int readiness(Surface& surface) {
  surface.clock.advance(std::chrono::seconds{1});
  return surface.send(get("/readyz")).status();
}

bool isOutage(const Reply& reply) {
  return reply.status() == 503 && reply.code() == "STORE_UNAVAILABLE" && reply.has("Retry-After") &&
         !reply.has("WWW-Authenticate") && reply.cookie() == "-";
}

}  // namespace

TEST_CASE("whatever fails on the disk, a change is made and answered, or it gets 503 and has not happened") {
  const auto change = GENERATE(values<Change>({
      {"/api/auth/register", R"({"email":"new-EMAIL","password":"correct horse battery"})", 201},
      {"/api/auth/login", R"({"email":"EMAIL","password":"correct horse battery"})", 200},
      {"/api/auth/refresh", "", 200},
      {"/api/auth/logout", "", 200},
      {"/api/auth/password",
       R"({"currentPassword":"correct horse battery","newPassword":"another long one"})", 200},
      {"/api/sessions/terminate", R"({"sessionId":"SESSION"})", 200},
      {"/api/sessions/terminate-others", "", 200},
  }));
  const auto fault =
      GENERATE(DiskFault::full, DiskFault::shortWrite, DiskFault::ioError, DiskFault::unreadable);
  const bool forGood = GENERATE(false, true);
  INFO(change.target << " fault " << static_cast<int>(fault) << (forGood ? " for good" : " once"));

  const TemporaryDirectory directory;
  const std::string path = directory.file("auth.db");
  FailingVfs vfs;
  std::uint64_t refused = 0;
  std::uint64_t wrong = 0;
  {
    store::SqliteDatabase disk(optionsFor(path, vfs));
    Surface surface(quietWorld(), &disk);
    surface.probe = [&] { disk.probeWrite(); };
    bool failed = true;
    for (std::uint64_t n = 1; failed; ++n) {
      const std::string email = "user" + std::to_string(n) + "@example.org";
      const Visitor laptop = surface.enter(email);
      const Visitor phone = surface.signIn(email);
      surface.engine.flushRecords();
      const Ask ask = askFor(change, email, laptop, phone);
      surface.clock.advance(std::chrono::seconds{1});
      const std::string before = stateOf(surface, email);

      forGood ? vfs.failFromNth(n, fault) : vfs.failNth(n, fault);
      const Reply reply = surface.send(ask);
      failed = vfs.failures() > 0;
      const bool outage = isOutage(reply);
      if (!outage && reply.status() != change.status) ++wrong;
      // Reads from memory may continue; writes fail, and the readiness check shows it.
      if (forGood && failed && fault != DiskFault::unreadable && readiness(surface) != 503) ++wrong;
      if (outage) {
        const int verified = surface.send(get("/api/auth/verify").bearer(laptop.accessToken)).status();
        if (verified != 200 && verified != 503) ++wrong;
      }
      vfs.recover();

      if (readiness(surface) != 200) ++wrong;
      if (!outage) continue;
      ++refused;
      if (stateOf(surface, email) != before) ++wrong;
      if (surface.send(ask).status() != change.status) ++wrong;
      if (stateOf(surface, email) == before) ++wrong;
    }
  }
  CHECK(wrong == 0);
  CHECK(store::isSound(path));
  if (fault != DiskFault::unreadable) CHECK(refused >= 2);
}

TEST_CASE("a client that lost the answer to a refresh in a crash gets an error or the same answer again") {
  const store::DatabaseFile file;
  World world = quietWorld();
  const bool window = GENERATE(false, true);
  if (window) world.engine.refreshReuseWindowSeconds = std::chrono::seconds{30};
  std::string presented;
  std::string lost;
  {
    store::SqliteDatabase disk(file.options);
    Surface surface(world, &disk);
    const Visitor ada = surface.enter("ada@example.org");
    presented = ada.refreshToken;
    lost = surface.send(post("/api/auth/refresh").cookie(presented)).cookie();
    REQUIRE(lost.size() > 10);
  }
  // The new process has only the file, and the client only the token that it presented.
  store::SqliteDatabase disk(file.options);
  Surface surface(world, &disk);
  const Reply again = surface.send(post("/api/auth/refresh").cookie(presented));
  if (window) {
    CHECK(again.status() == 200);
    CHECK(again.cookie() == lost);
    return;
  }
  CHECK(again.code() == "TOKEN_REUSE_DETECTED");
  CHECK(surface.send(post("/api/auth/refresh").cookie(lost)).code() == "TOKEN_INVALID");
  const Visitor returned = surface.signIn("ada@example.org");
  CHECK(surface.send(get("/api/auth/verify").bearer(returned.accessToken)).status() == 200);
}

}  // namespace glitch_protocol::web
