// Overwrites memory that stays allocated, so that no password, token or secret remains in it. Memory that is
// freed is overwritten by the operator delete of the program (wiping_delete.cpp).
#pragma once

#include <span>

namespace glitch_protocol::web {

/// Overwrites the bytes; the compiler cannot optimise this away.
void wipe(std::span<char> bytes);

/// Overwrites 16 KiB of the stack below the caller's frame, where the functions that it called have left
/// short strings and arrays.
void wipeStack();

}  // namespace glitch_protocol::web
