// A watchdog that ends a test program when a test case hangs.
#pragma once

namespace glitch_protocol {

/// From the start of the program, ends it with a message when a test case takes longer than TEST_CASE_SECONDS (an
/// environment variable, by default 600). The message names the test case, its current section and the usual reasons.
/// Calling this function does nothing else than to link the watchdog into a program that uses it from a library.
void watchTestCases();

}  // namespace glitch_protocol
