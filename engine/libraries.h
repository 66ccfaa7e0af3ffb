// Which libraries a build uses, and in which versions.
#pragma once

#include <string>
#include <vector>

namespace glitch_protocol {

/// A library that the program uses. `version` is as the library writes it; "unknown" where it does not say.
struct Library {
  std::string name;
  std::string version;
};

/// The engine's libraries: OpenSSL as loaded at run time, libcrypt as compiled against (it has no function
/// that tells). *Thread-safe.*
std::vector<Library> engineLibraries();

}  // namespace glitch_protocol
