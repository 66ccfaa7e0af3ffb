// Lets a database adapter refuse a nested transaction at once, which would otherwise deadlock.
#pragma once

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// While it exists, this thread is inside a call of `owner`. *One thread at a time*: it must be destroyed on the thread
/// that constructed it, the innermost first.
class NestingGuard {
 public:
  /// Throws std::logic_error if this thread is already inside a call of `owner`. `owner` is compared, never
  /// dereferenced.
  explicit NestingGuard(const void* owner);
  ~NestingGuard();
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  const void* const owner_;
  const NestingGuard* const outer_;
};

}  // namespace v1
}  // namespace glitch_protocol
