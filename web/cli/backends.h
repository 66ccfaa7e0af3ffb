// What the commands cannot make themselves, because it is not web/'s business: main.cpp passes it in.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/libraries.h"
#include "engine/operable_database.h"
#include "web/config/config.h"
#include "web/stub/world_store.h"

namespace glitch_protocol::web {

/// All may throw any std::exception, whose text is then shown.
struct Backends {
  /// Throws for a configured database that openDatabase and serve would refuse for its place, its owner, its mode
  /// or its first page. Touches nothing, and has nothing against one that does not exist.
  std::function<void(const Config&)> checkDatabase;
  /// Opens the configured database, beside a server if one runs, and makes it when it is missing.
  std::function<std::unique_ptr<OperableDatabase>(const Config&)> openDatabase;
  /// Runs the server; returns when it has been stopped cleanly.
  std::function<void(const LoadedConfig&)> serve;
  /// Opens the store of one of the stub's worlds.
  MakeWorldStore makeWorldStore;
  /// What the store is made of, for `version --json`.
  std::vector<Library> storeLibraries;
};

}  // namespace glitch_protocol::web
