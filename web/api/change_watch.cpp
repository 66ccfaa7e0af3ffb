#include "web/api/change_watch.h"

#include <utility>

namespace glitch_protocol::web {

ChangeWatch::ChangeWatch(std::function<std::uint64_t()> count, std::function<void()> accept)
    : count_(std::move(count)), accept_(std::move(accept)), accepted_(count_()) {}

void ChangeWatch::poll() {
  const std::uint64_t count = count_();  // read before accepting: later changes are left for the next poll
  if (count == accepted_) return;
  accept_();
  accepted_ = count;
}

}  // namespace glitch_protocol::web
