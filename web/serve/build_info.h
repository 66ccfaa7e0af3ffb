// Identifies the program: its version, the commit and how it was built.
#pragma once

#include <string_view>
#include <vector>

#include "engine/libraries.h"

namespace glitch_protocol::web {

/// *Immutable.*
struct BuildInfo {
  std::string_view version;
  std::string_view commit;    ///< from `git describe --always --tags --dirty`; "unknown" outside a repository
  std::string_view type;      ///< "release", "debug" (not optimised) or "sanitizer"
  std::string_view compiler;  ///< "g++ 12.2.0"
};

/// Valid until the process ends. *Thread-safe.*
BuildInfo buildInfo();

/// The libraries of web/ with the versions compiled against (they are header-only or do not report a version
/// at run time). *Thread-safe.*
std::vector<Library> webLibraries();

}  // namespace glitch_protocol::web
