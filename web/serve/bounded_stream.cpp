// Writes with a deadline, by poll().
#include "web/serve/bounded_stream.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace glitch_protocol::web {

BoundedStream::BoundedStream(int descriptor, std::chrono::milliseconds patience)
    : std::ostream(static_cast<std::streambuf*>(this)), descriptor_(descriptor), patience_(patience) {}

int BoundedStream::overflow(int character) {
  using Traits = std::char_traits<char>;
  if (character == Traits::eof()) return Traits::not_eof(character);
  const char byte = Traits::to_char_type(character);
  return xsputn(&byte, 1) == 1 ? character : Traits::eof();
}

// A pipe that poll() reports as writable accepts PIPE_BUF bytes without blocking.
std::streamsize BoundedStream::xsputn(const char* bytes, std::streamsize count) {
  const auto latest = std::chrono::steady_clock::now() + patience_;
  std::streamsize written = 0;
  while (written < count) {
    const auto remaining =
        std::chrono::ceil<std::chrono::milliseconds>(latest - std::chrono::steady_clock::now()).count();
    pollfd room{descriptor_, POLLOUT, 0};
    const int ready = ::poll(&room, 1, static_cast<int>(std::max<decltype(remaining)>(remaining, 0)));
    if (ready == 0) break;
    if (ready < 0 && errno != EINTR) break;
    if (ready < 0) continue;
    const auto size = static_cast<std::size_t>(std::min<std::streamsize>(count - written, PIPE_BUF));
    const ssize_t taken = ::write(descriptor_, bytes + written, size);
    if (taken < 0 && errno != EINTR && errno != EAGAIN) break;
    written += std::max<ssize_t>(taken, 0);
  }
  return written;
}

}  // namespace glitch_protocol::web
