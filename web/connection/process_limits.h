// What the system allows this process: open files and processor cores.
#pragma once

#include <cstddef>

namespace glitch_protocol::web {

/// Raises the soft limit of open files to the hard limit and returns the result.
std::size_t raiseOpenFiles();

/// The number of cores that this process may run on; at least 1.
std::size_t availableCores();

}  // namespace glitch_protocol::web
