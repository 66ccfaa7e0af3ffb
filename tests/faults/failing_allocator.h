// An operator new that fails on demand, in place of that of the program.
#pragma once

#include <cstdint>

namespace glitch_protocol::allocations {

/// The n-th allocation from now on, on any thread, throws std::bad_alloc; n = 1 is the next one.
void failNth(std::uint64_t n);
/// The n-th and every later allocation fails, until recover().
void failFromNth(std::uint64_t n);
/// Ends the failures.
void recover();
/// The number of failures since the last call of one of the first two functions.
std::uint64_t failures();

}  // namespace glitch_protocol::allocations
