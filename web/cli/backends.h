// What main.cpp passes to the commands, because web/ does not know the store.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/libraries.h"
#include "engine/operable_database.h"
#include "engine/types.h"
#include "web/config/config.h"
#include "web/stub/world_store.h"

namespace glitch_protocol::web {

/// All may throw any std::exception; its text is shown to the user.
struct Backends {
  /// Throws if openDatabase and serve would refuse the configured database for its directory, owner, mode or first
  /// page. Changes nothing, and accepts a database that does not exist.
  std::function<void(const Config&)> checkDatabase;
  /// Opens the configured database, also while a server runs, and creates it if it does not exist.
  std::function<std::unique_ptr<OperableDatabase>(const Config&)> openDatabase;
  /// Replaces the configured database by a copy of `backup`; `prepare` may change the copy first. Returns the name under
  /// which the previous database is kept; "" if there was none. Nothing has changed if it throws
  /// (store/sqlite_restore.h). No process may have the database open.
  std::function<std::string(const Config&, const std::string& backup, TimePoint now,
                            const std::function<void(OperableDatabase&)>& prepare)>
      restoreBackup;
  /// Runs the server; returns when it has been stopped cleanly.
  std::function<void(const LoadedConfig&)> serve;
  /// Opens the store of a world of the stub.
  MakeWorldStore makeWorldStore;
  /// The libraries of the store, for `version --json`.
  std::vector<Library> storeLibraries;
};

}  // namespace glitch_protocol::web
