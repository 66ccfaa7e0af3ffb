#include "web/serve/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <ctime>

namespace glitch_protocol::web {
namespace {

void exitAtOnce(int number) {
  ::_exit(128 + number);
}

}  // namespace

Signals::Signals() {
  ::signal(SIGPIPE, SIG_IGN);
  // A limit on file sizes is treated like a full disk: the write fails, and the process continues.
  ::signal(SIGXFSZ, SIG_IGN);
  ::sigemptyset(&handled_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&handled_, number);
  ::pthread_sigmask(SIG_BLOCK, &handled_, &before_);
}

Signals::~Signals() {
  while (wait(std::chrono::milliseconds{0})) continue;
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<Signal> Signals::wait(std::chrono::milliseconds timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  timespec limit{};
  limit.tv_sec = static_cast<std::time_t>(seconds.count());
  limit.tv_nsec = static_cast<long>(std::chrono::nanoseconds(timeout - seconds).count());
  const int number = ::sigtimedwait(&handled_, nullptr, &limit);
  if (number < 0) return std::nullopt;  // timeout, or an interruption by a debugger
  return number == SIGHUP ? Signal::reload : Signal::stop;
}

void Signals::exitOnNextStop() {
  // Uses a handler instead of the default action, which the kernel does not apply to process 1 of a
  // container.
  struct sigaction action {};
  action.sa_handler = exitAtOnce;
  sigset_t stops;
  ::sigemptyset(&stops);
  for (const int number : {SIGTERM, SIGINT}) {
    ::sigaction(number, &action, nullptr);
    ::sigaddset(&stops, number);
  }
  ::pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
}

}  // namespace glitch_protocol::web
