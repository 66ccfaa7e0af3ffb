// The libraries that a build uses, and their versions.
#pragma once

#include <string>
#include <vector>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A library that the program uses. `version` is as the library reports it; "unknown" if it does not.
struct Library {
  std::string name;
  std::string version;
};

/// The engine's libraries: OpenSSL as loaded at run time, and libcrypt as compiled against, because it has no function
/// that returns its version. *Thread-safe.*
std::vector<Library> engineLibraries();

}  // namespace v1
}  // namespace glitch_protocol
