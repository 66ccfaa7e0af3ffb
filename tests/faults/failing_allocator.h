// An allocator that fails on demand, in place of the program's own operator new.
#pragma once

#include <cstdint>

namespace glitch_protocol::allocations {

/// The n-th allocation from now on, by whichever thread, throws std::bad_alloc; n = 1 is the next.
void failNth(std::uint64_t n);
/// The n-th and every later one fails, until recover().
void failFromNth(std::uint64_t n);
/// Fails no more.
void recover();
/// Failures dealt out since the last call of one of the first two.
std::uint64_t failures();

}  // namespace glitch_protocol::allocations
