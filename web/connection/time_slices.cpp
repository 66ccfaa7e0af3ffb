#include "web/connection/time_slices.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace glitch_protocol::web {
namespace {

/// The argument of sched_setattr(2), first version; glibc declares it only since 2.41.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = 0;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  ///< nanoseconds; for an ordinary thread, the length of its time slice
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

constexpr std::uint64_t minSlice = 100'000;  // the minimum that the kernel allows
constexpr std::uint32_t ordinary = 0;        // SCHED_OTHER

}  // namespace

void requestShortTimeSlices() {
  SchedulingAttributes attributes;
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != ordinary) return;  // another policy was chosen for the whole program
  attributes.runtime = minSlice;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace glitch_protocol::web
