// One namespace: a complete server without sockets, and everything that a test can control.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/accounts.h"
#include "engine/engine.h"
#include "engine/sync/mutex.h"
#include "web/api/api_handler.h"
#include "web/api/event_hub.h"
#include "web/http/log.h"
#include "web/stub/event_tap.h"
#include "web/stub/fault_rules.h"
#include "web/stub/request_log.h"
#include "web/stub/seed.h"
#include "web/stub/stub_clock.h"
#include "web/stub/world_store.h"

namespace glitch_protocol::web {

/// Settings shared by all worlds. The functions are thread-safe.
struct WorldSettings {
  EngineConfig engine;  ///< jwtSecret is that of the default world
  AccountsConfig accounts;
  ApiConfig api;
  MakeWorldStore makeStore;
  HashPassword hash;
  std::string seedImage;  ///< the state that a world begins with and is reset to
};

/// Control calls to one world run one at a time; other requests run meanwhile. *Thread-safe.*
class StubWorld {
 public:
  /// `name` is empty for the default world, `file` for a world in memory. A file with users keeps them until
  /// the first reset. Reference arguments must outlive this; `delaying` as in FaultRules.
  StubWorld(const WorldSettings&, const std::string& name, const std::string& file, Log&,
            std::atomic<std::size_t>& delaying);
  StubWorld(const StubWorld&) = delete;
  StubWorld& operator=(const StubWorld&) = delete;

  const std::string& name() const { return name_; }
  /// The secret that signs the tokens of this world.
  const Secret& secret() const { return engine_.config().jwtSecret; }
  ApiHandler& api() { return api_; }
  Engine& engine() { return engine_; }
  Accounts& accounts() { return accounts_; }
  const StubClock& clock() const { return clock_; }
  FaultRules& faults() { return faults_; }
  RequestLog& requests() { return requests_; }
  WaitingLog<SeenEvent>& events() { return tap_.seen(); }
  const ApiConfig& apiConfig() const { return settings_.api; }
  const HashPassword& hash() const { return settings_.hash; }

  /// Returns to the seed: users, sessions, clock, faults, rotation and logs. Snapshots are kept.
  void reset();
  /// Adds to the current state and to the state that reset() restores. Throws ValidationError; then nothing
  /// has changed.
  void seed(const Seed&);
  /// Adds to or changes the current state. Throws as seed() does.
  void change(const Seed&);

  /// Saves users, sessions, clock, faults and rotation. Throws ValidationError when there are too many
  /// snapshots.
  void saveSnapshot(const std::string& name);
  /// Returns false when the snapshot does not exist.
  bool restoreSnapshot(const std::string& name);
  std::vector<std::string> snapshots() const;

  RefreshRotation rotation() const { return rotation_.load(); }
  void setRotation(RefreshRotation rotation) { rotation_.store(rotation); }

  /// Applies `turn` to the clock, then processes everything that has expired, as if the time had passed.
  void turnClock(const std::function<void(StubClock&)>& turn);
  /// Waits in real time; returns at once after stop().
  void delay(std::chrono::milliseconds);
  /// Ends all waiting, now and later.
  void stop();

 private:
  struct Snapshot {
    std::string image;
    StubClock::Setting clock;
    RefreshRotation rotation;
    std::vector<FaultRule> faults;
  };
  EngineConfig engineConfig(Log&) const;
  std::string seededWith(const Seed&) const REQUIRES(mutex_);
  void restore(const std::string& image) REQUIRES(mutex_);
  void noticeChanges() REQUIRES(mutex_);

  // constant after construction
  const WorldSettings& settings_;
  const std::string name_;
  // lock themselves; in the order in which they depend on each other
  std::atomic<RefreshRotation> rotation_{RefreshRotation::rotate};
  StubClock clock_;
  WorldStore store_;
  EventHub hub_;
  EventTap tap_;
  Engine engine_;
  Accounts accounts_;
  ApiHandler api_;
  FaultRules faults_;
  RequestLog requests_;
  // delayed requests wait on it; it stays empty
  RequestLog nothing_;

  mutable Mutex mutex_;
  std::string seedImage_ GUARDED_BY(mutex_);
  std::map<std::string, Snapshot> snapshots_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
