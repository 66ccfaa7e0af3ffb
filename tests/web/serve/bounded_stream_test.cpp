// Tests of the output streams that cannot block the program.
#include "web/serve/bounded_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "tests/catch.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reader = Descriptor(ends[0]);
    writer = Descriptor(ends[1]);
  }

  std::string read() {
    std::string text(100'000, '\0');
    const ssize_t count = ::read(reader.get(), text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return text;
  }

  Descriptor reader;
  Descriptor writer;
};

}  // namespace

TEST_CASE("a bounded stream writes characters and texts at once") {
  Pipe pipe;
  BoundedStream stream(pipe.writer.get());
  stream << "listens on " << 8080;
  CHECK(pipe.read() == "listens on 8080");
  stream << '\n';
  CHECK(pipe.read() == "\n");
  CHECK(stream.good());
}

TEST_CASE("a bounded stream that is not read drops its output and becomes bad") {
  Pipe pipe;
  ::fcntl(pipe.writer.get(), F_SETFL, 0);
  BoundedStream stream(pipe.writer.get(), 10ms);
  const std::string piece(1000, 'x');
  int pieces = 0;
  while (stream << piece && pieces < 10'000) ++pieces;
  CHECK(pieces > 50);
  CHECK(pieces < 10'000);
  CHECK_FALSE(stream << "more");
}

}  // namespace glitch_protocol::web
