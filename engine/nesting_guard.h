// Lets a database adapter refuse a transaction inside a transaction at once instead of waiting for itself.
#pragma once

namespace glitch_protocol {

/// Marks, while it lives, that this thread is inside a call of `owner`. *One thread at a time*: it ends on the
/// thread that made it, the innermost first.
class NestingGuard {
 public:
  /// Throws std::logic_error when this thread is inside a call of `owner` already. `owner` is only compared.
  explicit NestingGuard(const void* owner);
  ~NestingGuard();
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  const void* const owner_;
  const NestingGuard* const outer_;
};

}  // namespace glitch_protocol
