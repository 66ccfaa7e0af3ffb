// Fuzzes the queue of an event stream: in any order of sending, writing and reading, the reader gets every
// event complete, in order and once, or, if the stream is dropped, the beginning of them.
#include <fuzzer/FuzzedDataProvider.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "web/connection/streams.h"

namespace {

using namespace glitch_protocol::web;
using Progress = Stream::Progress;

constexpr std::size_t bound = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

/// Counts how often the stream has told its end.
class Closings final : public StreamSource {
 public:
  void opened(const std::shared_ptr<EventSink>&) override {}
  void closed() override { ++count; }
  int count = 0;
};

/// Both ends of a stream with small socket buffers, and what was sent and received.
class Scene {
 public:
  explicit Scene(Streams& owner) {
    std::array<int, 2> ends{};
    require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    const int small = 1;  // the kernel raises it to its minimum
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    reader_ = Descriptor(ends[1]);
    stream_ = std::make_shared<Stream>(owner, Transport(Descriptor(ends[0]), nullptr), bound, closings_);
  }

  void send(std::size_t length) {
    std::string bytes;
    while (bytes.size() < length) bytes.push_back(static_cast<char>('a' + next_++ % 26));
    if (finishing_ || bytes.empty()) return stream_->send(std::make_shared<const std::string>(bytes));
    sent_ += bytes;
    stream_->send(std::make_shared<const std::string>(std::move(bytes)));
  }

  void flush() {
    if (over_) return;
    const Progress progress = stream_->flush({});
    over_ = progress == Progress::over;
  }

  void read(std::size_t most) {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(reader_.get(), bytes.data(), std::min(most, bytes.size()));
    if (count > 0) heard_.append(bytes.data(), static_cast<std::size_t>(count));
    drained_ = count <= 0;
    require(sent_.starts_with(heard_));
  }

  void finish() {
    finishing_ = true;
    stream_->finish();
  }

  /// Writes everything, then closes.
  void end() {
    finish();
    while (!over_) {
      flush();
      readAll();
    }
    const Stream::Ending ending = stream_->close();
    readAll();
    require(ending != Stream::Ending::cut && closings_->count == 1);
    require(ending == Stream::Ending::dropped ? sent_.size() > bound : heard_ == sent_);
    stream_->send(std::make_shared<const std::string>("too late"));
    require(stream_->close() == Stream::Ending::cut && closings_->count == 1);
  }

 private:
  void readAll() {
    do read(4096);
    while (!drained_);
  }

  Descriptor reader_;
  std::shared_ptr<Stream> stream_;
  std::string sent_;
  std::string heard_;
  std::size_t next_ = 0;
  const std::shared_ptr<Closings> closings_ = std::make_shared<Closings>();
  bool finishing_ = false;
  bool over_ = false;
  bool drained_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Log log(
      LogLevel::error, LogFormat::text, [] { return std::chrono::system_clock::time_point(); },
      [](std::string_view) {});
  // Not started: this thread acts as the thread of the streams.
  static MemoryBudget memory(std::size_t{1} << 30);
  Streams owner({bound, std::chrono::seconds(1), std::chrono::seconds(1),
                 [] { return std::chrono::steady_clock::time_point(); }},
                memory, log, {[] {}, [] { return true; }});
  Scene scene(owner);
  FuzzedDataProvider input(data, size);
  for (int steps = 0; steps < 64 && input.remaining_bytes() > 0; ++steps) {
    switch (input.ConsumeIntegralInRange(0, 7)) {
      case 0:
        scene.read(input.ConsumeIntegralInRange<std::size_t>(1, 4096));
        break;
      case 1:
      case 2:
        scene.flush();
        break;
      case 3:
        if (input.ConsumeIntegral<std::uint8_t>() == 0) scene.finish();
        break;
      default:
        scene.send(input.ConsumeIntegralInRange<std::size_t>(0, 3000));
    }
  }
  scene.end();
  return 0;
}
