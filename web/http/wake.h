#pragma once

#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "web/http/descriptor.h"

namespace glitch_protocol::web {

/// Something to wait for in an epoll beside sockets: readable from `signal` until `clear`. *Thread-safe.*
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
