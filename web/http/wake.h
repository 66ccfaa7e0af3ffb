// An event descriptor with which one thread wakes another out of poll or epoll.
#pragma once

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "web/http/descriptor.h"

namespace glitch_protocol::web {

/// Readable from signal() until clear(), so that it can be waited for together with sockets. *Thread-safe.*
class Wake {
 public:
  Wake() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!descriptor_) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  int descriptor() const { return descriptor_.get(); }
  void signal() { ::eventfd_write(descriptor_.get(), 1); }
  void clear() {
    std::uint64_t count = 0;
    ::eventfd_read(descriptor_.get(), &count);
  }

 private:
  const Descriptor descriptor_;
};

}  // namespace glitch_protocol::web
