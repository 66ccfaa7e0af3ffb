// Tests of the recorder: what it writes, what stays pending after a failure, and its bounds.
#include "engine/sessions/recorder.h"

#include <atomic>
#include <future>
#include <utility>

#include "tests/catch.h"
#include "tests/support/waiting.h"
#include "tests/support/world.h"

using namespace glitch_protocol;
using namespace std::chrono_literals;

TEST_CASE("the recorder writes in the background after the first record") {
  World world;
  const SignIn signIn = world.signUp();
  std::promise<std::vector<UserId>> told;
  Recorder recorder(world.database, 0ms, {[&](const auto& owners) { told.set_value(owners); }, {}});
  const TimePoint later = world.clock.now() + 5s;
  recorder.touch(signIn.session.id, later);
  CHECK(valueOf(told.get_future()) == std::vector<UserId>{signIn.user.id});
  CHECK(world.storedSession(signIn.session.id)->lastActivity == later);
  recorder.flush();
  CHECK_FALSE(recorder.pendingActivity(signIn.session.id).has_value());
}

TEST_CASE("records that could not be written stay pending and are written the next time") {
  World world;
  const SignIn signIn = world.signUp();
  Recorder recorder(world.database, 24h, {});
  const TimePoint later = world.clock.now() + 5s;
  recorder.touch(signIn.session.id, later);
  recorder.setSocketId(signIn.session.id, SocketId{"socket-1"});
  recorder.add({later, "LOGIN_FAILED", signIn.user.id, {}, {}});
  world.database.failAll();
  CHECK_THROWS_AS(recorder.flush(), StoreError);
  CHECK(recorder.pendingActivity(signIn.session.id) == later);
  world.database.recover();
  world.database.failAll(false);
  recorder.flush();
  const auto stored = world.storedSession(signIn.session.id);
  CHECK(stored->lastActivity == later);
  CHECK(stored->socketId == SocketId{"socket-1"});
  CHECK(world.accounts.activity(signIn.user.id).at(0).event == "LOGIN_FAILED");
}

TEST_CASE("a failed write in the background is reported to the callback") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  database.failAll();
  std::promise<std::string> told;
  std::atomic<bool> first{true};
  Recorder recorder(database, 0ms, {{}, [&](std::string_view what) {
                                      if (first.exchange(false)) told.set_value(std::string{what});
                                    }});
  recorder.touch(SessionId{"some"}, TimePoint{});
  CHECK_FALSE(valueOf(told.get_future()).empty());
  database.failAll(false);
}

TEST_CASE("the destructor of a recorder writes the pending records") {
  World world;
  const SignIn signIn = world.signUp();
  { Recorder(world.database, 24h, {}).touch(signIn.session.id, world.clock.now() + 5s); }
  CHECK(world.storedSession(signIn.session.id)->lastActivity == world.clock.now() + 5s);
}

TEST_CASE("during an outage at most 10,000 events are pending") {
  MemoryDatabase memory;
  FailingDatabase database(memory);
  database.failAll();
  Recorder recorder(database, 24h, {});
  for (int i = 0; i < 11'000; ++i) recorder.add({TimePoint{}, "LOGIN_FAILED", UserId{"u"}, {}, {}});
  CHECK_THROWS_AS(recorder.flush(), StoreError);
  for (int i = 0; i < 11'000; ++i) recorder.add({TimePoint{}, "LOGIN_FAILED", UserId{"u"}, {}, {}});
  database.failAll(false);
  recorder.flush();
  std::size_t kept = 0;
  memory.read([&](Reader& reader) { kept = reader.audit().list(UserId{"u"}, 100'000).size(); });
  CHECK(kept == 10'000);
}

TEST_CASE("events that no longer fit after a failed write are dropped and counted, the newest first") {
  MemoryDatabase memory;
  // Runs a function during its next write and then fails that write.
  class FailingOnce : public DatabaseAdapter {
   public:
    explicit FailingOnce(DatabaseAdapter& inner) : inner_(inner) {}
    std::function<void()> duringWrite;
    void read(const std::function<void(Reader&)>& look) override { inner_.read(look); }
    void write(const std::function<void(Writer&)>& change) override {
      if (!duringWrite) return inner_.write(change);
      std::exchange(duringWrite, {})();
      throw StoreError("the disk is full");
    }

   private:
    DatabaseAdapter& inner_;
  } database(memory);
  Recorder recorder(database, 24h, {});
  int added = 0;
  const auto add = [&](int count) {
    for (int i = 0; i < count; ++i)
      recorder.add({TimePoint{std::chrono::milliseconds{added++}}, "LOGIN_FAILED", UserId{"u"}, {}, {}});
  };
  add(10'000);
  CHECK(recorder.lost() == 0);
  // 500 events are being written, so there is room for 500 more, which do not fit when the others come back.
  database.duringWrite = [&] { add(503); };
  CHECK_THROWS_AS(recorder.flush(), StoreError);
  CHECK(recorder.lost() == 503);
  recorder.flush();
  CHECK(recorder.lost() == 503);
  std::vector<AuditEvent> written;
  memory.read([&](Reader& reader) { written = reader.audit().listLatest(100'000); });
  REQUIRE(written.size() == 10'000);
  CHECK(written.front().time == TimePoint{9'999ms});
  CHECK(written.back().time == TimePoint{0ms});
}
