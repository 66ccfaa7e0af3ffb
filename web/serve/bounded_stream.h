// Standard output and standard error that cannot block the program.
#pragma once

#include <chrono>
#include <ostream>
#include <streambuf>

namespace glitch_protocol::web {

/// Writes to a descriptor without buffering, and waits at most `patience` for a reader; then the rest is
/// dropped and the stream becomes bad. The wait may be longer only if another process fills the same pipe at
/// the same moment. The caller owns the descriptor. *One thread at a time.*
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
