// The operator delete of the program: overwrites memory before freeing it, so that no password, token or
// secret remains in it, whichever library used it. All forms of delete in the C++ library end here, except
// those for over-aligned types. Linked into the program only; users of the libraries choose their own.
#include <malloc.h>
#include <string.h>

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define BRINGS_OWN_ALLOCATOR
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BRINGS_OWN_ALLOCATOR
#endif

#ifndef BRINGS_OWN_ALLOCATOR
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

void operator delete(void* memory, std::size_t size) noexcept {
  if (memory == nullptr) return;
  ::explicit_bzero(memory, size);
  std::free(memory);
}
#endif
