// Requests short time slices from the scheduler, so that requests do not wait for hashing threads.
#pragma once

namespace glitch_protocol::web {

/// Asks the scheduler to run this thread in short time slices, which in return come soon, so that a request need
/// not wait for the slice of a hashing thread to end. Does not change any thread's share of the processor, needs no
/// privilege, and has no effect on kernels before 6.12.
void requestShortTimeSlices();

}  // namespace glitch_protocol::web
