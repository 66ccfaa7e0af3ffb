#pragma once

namespace glitch_protocol::web {

/// Asks the scheduler to run this thread in short turns, which in return come soon: a request is not to wait
/// for the turn of a hashing thread to end. Takes nothing from anybody's share of the processor, needs no
/// privilege, and means nothing to kernels before 6.12.
void takeShortTurns();

}  // namespace glitch_protocol::web
