// Which program this is: its version, the commit that it was built from, and how it was built.
#pragma once

#include <string_view>
#include <vector>

#include "engine/libraries.h"

namespace glitch_protocol::web {

/// *Immutable.*
struct BuildInfo {
  std::string_view version;
  std::string_view
      commit;  ///< as `git describe --always --tags --dirty` has it; "unknown" outside a repository
  std::string_view type;      ///< "release", "debug" (not optimised) or "sanitizer"
  std::string_view compiler;  ///< "g++ 12.2.0"
};

/// Valid for the life of the process. *Thread-safe.*
BuildInfo buildInfo();

/// The libraries of web/, as compiled against (they are headers, or do not tell). *Thread-safe.*
std::vector<Library> webLibraries();

}  // namespace glitch_protocol::web
