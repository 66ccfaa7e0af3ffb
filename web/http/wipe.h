// Overwrites memory that stays allocated, so that no password, token or secret remains in it. Memory that is
// freed is overwritten by the operator delete of the program (wiping_delete.cpp).
#pragma once

#include <span>
#include <string>

namespace glitch_protocol::web {

/// Overwrites the bytes; the compiler cannot optimise this away.
void wipe(std::span<char> bytes);

/// Overwrites and empties a buffer that is used again for every request. One that has grown past 64 KiB, as for a
/// long list of sessions, gives its memory back.
void wipeForReuse(std::string& buffer);

/// Overwrites 16 KiB of the stack below the caller's frame, where the functions that it called have left
/// short strings and arrays.
void wipeStack();

}  // namespace glitch_protocol::web
