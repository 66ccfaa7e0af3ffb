// Opens many event streams and reads them: stream_load PORT STREAMS
//
// Standard input has a line of access tokens, which are used in turn, and then commands. Each line is answered with a
// line of JSON.
//
//   (the tokens)  opens the streams                                   {"open":10000,"milliseconds":1234}
//   end SESSION   ends that session of the first token's user         {"delivered":10000,"milliseconds":50}
//
// The `milliseconds` of a command last from sending it until the last stream has read SESSIONS_UPDATED, at most 10 s;
// all streams must be of that user. Between commands the program reads everything that arrives, including heartbeats.
// It ends with its input.
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/http_client.h"

namespace glitch_protocol::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto patience = 10s;
constexpr std::size_t openedAtOnce = 200;  // less than the usual backlog of a listener

struct Stream {
  ClientSocket socket;
  std::string received;     // the beginning of an event that is not complete yet
  std::size_t updates = 0;  // SESSIONS_UPDATED events
};

std::string formatGet(const std::string& token) {
  return "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + token + "\r\n\r\n";
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  return {std::istream_iterator<std::string>(in), {}};
}

/// *One thread at a time.*
class Streams {
 public:
  Streams(std::uint16_t port, std::vector<std::string> tokens);

  void open(std::size_t count);
  void endSession(const std::string& session);
  /// Reads the streams until a line of standard input can be read.
  void idle();

 private:
  bool readOnce(std::chrono::milliseconds timeout);
  void read(Stream& stream);
  void readEvents(Stream& stream);
  void watch(int descriptor, Stream* stream) const;

  // constant after construction
  const std::uint16_t port_;
  const std::vector<std::string> tokens_;
  const int epoll_;

  std::vector<Stream> streams_;
  std::size_t expected_ = 0;  // the number of updates that every stream will have received
  std::size_t reached_ = 0;   // the number of streams that have received them
  Clock::time_point last_{};  // when the last of these updates arrived
};

Streams::Streams(std::uint16_t port, std::vector<std::string> tokens)
    : port_(port), tokens_(std::move(tokens)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  watch(STDIN_FILENO, nullptr);
}

void Streams::watch(int descriptor, Stream* stream) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = stream;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Streams::open(std::size_t count) {
  const Clock::time_point begin = Clock::now();
  expected_ = 1;  // each stream begins with the current list
  streams_.reserve(count);
  while (streams_.size() < count) {
    streams_.push_back({ClientSocket(port_), {}, 0});
    Stream& stream = streams_.back();
    watch(stream.socket.descriptor(), &stream);
    stream.socket.send(formatGet(tokens_[streams_.size() % tokens_.size()]));
    while (streams_.size() - reached_ >= openedAtOnce && Clock::now() < begin + 6 * patience) readOnce(100ms);
  }
  while (reached_ < count && Clock::now() < begin + 6 * patience) readOnce(100ms);
  const auto took = std::chrono::duration<double, std::milli>(last_ - begin);
  std::cout << R"({"open":)" << reached_ << R"(,"milliseconds":)" << took.count() << "}" << std::endl;
}

void Streams::endSession(const std::string& session) {
  const ClientSocket command(port_);
  ++expected_;
  reached_ = 0;
  const Clock::time_point begin = Clock::now();
  last_ = begin;
  command.send(
      formatPost("/api/sessions/terminate", tokens_.front(), R"({"sessionId":")" + session + R"("})"));
  while (reached_ < streams_.size() && Clock::now() < begin + patience) readOnce(100ms);
  const auto took = std::chrono::duration<double, std::milli>(last_ - begin);
  std::cout << R"({"delivered":)" << reached_ << R"(,"milliseconds":)" << took.count() << "}" << std::endl;
}

void Streams::idle() {
  while (!readOnce(1s)) continue;
}

/// Reads from the streams once. Returns whether standard input has data.
bool Streams::readOnce(std::chrono::milliseconds timeout) {
  std::array<epoll_event, 256> events;
  const int count =
      ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(timeout.count()));
  bool commanded = false;
  for (int i = 0; i < count; ++i) {
    auto* stream = static_cast<Stream*>(events[static_cast<std::size_t>(i)].data.ptr);
    if (stream != nullptr) {
      read(*stream);
    } else {
      commanded = true;
    }
  }
  return commanded;
}

void Streams::read(Stream& stream) {
  if (stream.socket.receive(stream.received) == ClientSocket::State::ended)
    throw std::runtime_error("a stream ended: " + stream.received);
  readEvents(stream);
}

void Streams::readEvents(Stream& stream) {
  for (;;) {
    const std::size_t end = stream.received.find("\n\n");
    if (end == std::string::npos) return;
    const std::string_view event = std::string_view(stream.received).substr(0, end);
    if (event.find("event: SESSIONS_UPDATED") != std::string_view::npos && ++stream.updates == expected_) {
      ++reached_;
      last_ = Clock::now();
    }
    stream.received.erase(0, end + 2);
    if (stream.received.empty()) stream.received.shrink_to_fit();
  }
}

}  // namespace
}  // namespace glitch_protocol::bench

int main(int argc, char** argv) {
  using namespace glitch_protocol::bench;
  std::string tokens;
  // Unbuffered, because the loop watches the descriptor.
  std::setvbuf(stdin, nullptr, _IONBF, 0);
  if (argc != 3 || !std::getline(std::cin, tokens)) {
    std::cerr << "usage: stream_load PORT STREAMS, and access tokens on standard input\n";
    return 2;
  }
  try {
    raiseOpenFiles();
    Streams streams(static_cast<std::uint16_t>(std::stoul(argv[1])), words(tokens));
    streams.open(std::stoul(argv[2]));
    for (std::string line; streams.idle(), std::getline(std::cin, line);) {
      if (line.starts_with("end ")) streams.endSession(line.substr(4));
    }
  } catch (const std::exception& failure) {
    std::cerr << "stream_load: " << failure.what() << '\n';
    return 1;
  }
}
