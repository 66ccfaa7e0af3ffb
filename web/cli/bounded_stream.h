// Standard output and error for words that must not keep the program from going on.
#pragma once

#include <chrono>
#include <ostream>
#include <streambuf>

namespace glitch_protocol::web {

/// Writes to a descriptor at once, unbuffered, and waits at most `patience` where nobody reads: then the rest is
/// dropped and the stream is bad. Only a pipe that another process fills at the same moment may take longer.
/// The descriptor stays the caller's. *One thread at a time.*
class BoundedStream : private std::streambuf, public std::ostream {
 public:
  explicit BoundedStream(int descriptor, std::chrono::milliseconds patience = std::chrono::seconds{1});
  BoundedStream(const BoundedStream&) = delete;
  BoundedStream& operator=(const BoundedStream&) = delete;

 private:
  int overflow(int character) override;
  std::streamsize xsputn(const char* bytes, std::streamsize count) override;

  // constant after construction
  const int descriptor_;
  const std::chrono::milliseconds patience_;
};

}  // namespace glitch_protocol::web
