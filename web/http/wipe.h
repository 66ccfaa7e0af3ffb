// Overwriting memory that stays in use, so that no password, token or secret is left in it. What is given back is
// the program's operator delete's business (wiping_delete.cpp).
#pragma once

#include <span>

namespace glitch_protocol::web {

/// Overwrites the bytes; the compiler does not leave that out.
void wipe(std::span<char> bytes);

/// Overwrites 16 KiB of the stack below the caller's frame: short strings and arrays of the functions that it has
/// called are still there.
void wipeStack();

}  // namespace glitch_protocol::web
