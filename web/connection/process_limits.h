#pragma once

#include <cstddef>

namespace glitch_protocol::web {

/// Raises the soft limit of open files to the hard one and returns what it is then.
std::size_t raiseOpenFiles();

/// The cores that this process may run on; at least 1.
std::size_t availableCores();

}  // namespace glitch_protocol::web
