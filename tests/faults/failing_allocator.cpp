// Replaces operator new and operator delete, counts the allocations, and makes the chosen ones fail.
#include "tests/faults/failing_allocator.h"

#include <atomic>
#include <cstdlib>
#include <limits>
#include <new>

namespace glitch_protocol::allocations {
namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

std::atomic<std::uint64_t> count{0};
std::atomic<std::uint64_t> first{never};
std::atomic<std::uint64_t> last{0};
std::atomic<std::uint64_t> failed{0};

void arm(std::uint64_t from, std::uint64_t to) {
  recover();
  failed.store(0);
  last.store(to);
  first.store(from);
}

bool isToFail() {
  if (first.load(std::memory_order_relaxed) == never) return false;
  const std::uint64_t number = count.fetch_add(1) + 1;
  if (number < first.load() || number > last.load()) return false;
  failed.fetch_add(1);
  return true;
}

void* allocate(std::size_t size) noexcept {
  return isToFail() ? nullptr : std::malloc(size == 0 ? 1 : size);
}

void* allocateAligned(std::size_t size, std::align_val_t alignment) noexcept {
  const auto boundary = static_cast<std::size_t>(alignment);
  const std::size_t whole = (size + boundary - 1) / boundary * boundary;  // as aligned_alloc(3) requires
  return isToFail() ? nullptr : std::aligned_alloc(boundary, whole == 0 ? boundary : whole);
}

void* orThrow(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void failNth(std::uint64_t n) {
  arm(n, n);
}
void failFromNth(std::uint64_t n) {
  arm(n, never - 1);
}
void recover() {
  first.store(never);
  count.store(0);
}
std::uint64_t failures() {
  return failed.load();
}

}  // namespace glitch_protocol::allocations

// The replaceable functions (C++20, [new.delete]). malloc() itself, which OpenSSL and SQLite use, does not fail.
namespace allocations = glitch_protocol::allocations;

void* operator new(std::size_t size) {
  return allocations::orThrow(allocations::allocate(size));
}
void* operator new[](std::size_t size) {
  return allocations::orThrow(allocations::allocate(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocations::allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocations::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocations::orThrow(allocations::allocateAligned(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocations::orThrow(allocations::allocateAligned(size, alignment));
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
