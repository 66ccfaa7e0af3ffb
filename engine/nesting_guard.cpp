// Keeps the guards of each thread in a linked list, innermost first.
#include "engine/nesting_guard.h"

#include <stdexcept>

namespace glitch_protocol::inline v1 {

namespace {

thread_local const NestingGuard* innermost = nullptr;

}  // namespace

NestingGuard::NestingGuard(const void* owner) : owner_(owner), outer_(innermost) {
  for (const NestingGuard* guard = outer_; guard != nullptr; guard = guard->outer_) {
    if (guard->owner_ == owner)
      throw std::logic_error("a transaction inside a transaction of the same database");
  }
  innermost = this;
}

NestingGuard::~NestingGuard() {
  innermost = outer_;
}

}  // namespace glitch_protocol::inline v1
