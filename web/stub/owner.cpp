#include "web/stub/owner.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace glitch_protocol::web {

namespace {

bool isPipe(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

}  // namespace

Owner::Owner() : isWatched_(isPipe(STDIN_FILENO)) {}

bool Owner::hasGone() {
  if (!isWatched_) return false;
  pollfd input{STDIN_FILENO, POLLIN, 0};
  if (::poll(&input, 1, 0) <= 0) return false;
  std::array<char, 4096> ignored{};
  return ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

}  // namespace glitch_protocol::web
