// Tests of writing the log to a descriptor.
#include "web/http/log_writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "tests/support/waiting.h"
#include "web/http/descriptor.h"

namespace glitch_protocol::web {
namespace {

using namespace std::chrono_literals;

constexpr LogWriterLimits smallQueue{16 * 1024, 50ms, 50ms};
/// For tests with an active reader: the writer is never abandoned.
constexpr LogWriterLimits patient{16 * 1024, 20s, 1s};

std::string droppedLine(std::uint64_t count) {
  return "dropped " + std::to_string(count) + "\n";
}

std::string numbered(int number) {
  return "line " + std::to_string(number) + ' ' + std::string(100, 'x') + "\n";
}

struct Pipe {
  explicit Pipe(int flags = 0) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), flags | O_CLOEXEC) == 0);
    reader = Descriptor(ends[0]);
    writer = Descriptor(ends[1]);
  }

  /// Fills the pipe until it accepts no more bytes.
  void fill() {
    ::fcntl(writer.get(), F_SETFL, O_NONBLOCK);
    const std::string bytes(4096, 'f');
    for (const std::size_t size : {bytes.size(), std::size_t{1}})
      while (::write(writer.get(), bytes.data(), size) > 0) continue;
    ::fcntl(writer.get(), F_SETFL, 0);
  }

  /// Reads until the last writer has closed.
  std::string rest() {
    writer.close();
    std::string text;
    std::array<char, 65536> bytes{};
    for (ssize_t count = 0; (count = ::read(reader.get(), bytes.data(), bytes.size())) > 0;)
      text.append(bytes.data(), static_cast<std::size_t>(count));
    return text;
  }

  Descriptor reader;
  Descriptor writer;
};

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line + "\n");
  return lines;
}

/// Moves the contents of the pipe into `text` until `enough` returns true; false when it never does.
bool readUntil(const Pipe& pipe, std::string& text, const std::function<bool()>& enough) {
  ::fcntl(pipe.reader.get(), F_SETFL, O_NONBLOCK);
  std::array<char, 65536> bytes{};
  return eventually([&] {
    const ssize_t count = ::read(pipe.reader.get(), bytes.data(), bytes.size());
    if (count > 0) text.append(bytes.data(), static_cast<std::size_t>(count));
    return enough();
  });
}

bool readUntil(const Pipe& pipe, std::string& text, std::string_view last) {
  return readUntil(pipe, text, [&] { return text.ends_with(last); });
}

/// The sum of the counts in the lines about dropped lines.
std::uint64_t toldIn(const std::string& text) {
  std::uint64_t told = 0;
  for (const std::string& line : linesOf(text))
    if (line.starts_with("dropped ")) told += std::stoull(line.substr(8));
  return told;
}

std::chrono::steady_clock::duration timeToDestroy(std::unique_ptr<LogWriter> writer) {
  const auto begin = std::chrono::steady_clock::now();
  writer.reset();
  return std::chrono::steady_clock::now() - begin;
}

}  // namespace

TEST_CASE("an unread pipe blocks neither the caller nor the destructor") {
  Pipe pipe;
  pipe.fill();
  auto writer = std::make_unique<LogWriter>(pipe.writer.get(), droppedLine, smallQueue);
  for (int i = 0; i < 10'000; ++i) writer->write(numbered(i));
  CHECK(writer->dropped() > 9'000);
  const auto time = timeToDestroy(std::move(writer));
  CHECK(time >= smallQueue.lastWrites);
  CHECK(time < 10s);
  CHECK(pipe.rest().find_first_not_of('f') == std::string::npos);
}

TEST_CASE("lines keep their order, and a line in place of dropped ones gives their number") {
  Pipe pipe;
  constexpr int count = 10'000;
  std::string text;
  LogWriter writer(pipe.writer.get(), droppedLine, patient);
  for (int i = 0; i < count; ++i) writer.write(numbered(i));
  const std::uint64_t lost = writer.dropped();
  REQUIRE(lost > 0);
  // Reported as soon as there is space, even without another line.
  REQUIRE(readUntil(pipe, text, [&] { return toldIn(text) == lost; }));
  writer.write(numbered(count));
  REQUIRE(readUntil(pipe, text, numbered(count)));

  int next = 0;
  for (const std::string& line : linesOf(text)) {
    if (line.starts_with("dropped ")) {
      next += std::stoi(line.substr(8));
    } else if (line != numbered(next++)) {
      FAIL_CHECK("expected line " << next - 1 << ", got " << line);
      break;
    }
  }
  CHECK(next == count + 1);
}

TEST_CASE("lines of several threads are complete at any length, and none is lost while the pipe is read") {
  Pipe pipe;
  std::string text;
  auto writer = std::make_unique<LogWriter>(pipe.writer.get(), droppedLine,
                                            LogWriterLimits{std::size_t{64} << 20, 20s, 1s});
  std::vector<std::thread> threads;
  for (char name = 'a'; name < 'h'; ++name) {
    threads.emplace_back([&writer, name] {
      for (std::size_t i = 0; i < 50; ++i) writer->write(std::string(1 + i * 240, name) + "\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  writer->write("last\n");
  CHECK(readUntil(pipe, text, "last\n"));
  CHECK(writer->dropped() == 0);
  auto lines = linesOf(text);
  REQUIRE(lines.size() == 7 * 50 + 1);
  lines.pop_back();
  for (const std::string& line : lines) {
    CAPTURE(line);
    CHECK(line.find_first_not_of(line[0]) == line.size() - 1);
  }
}

TEST_CASE("lines written before the destructor reach an active reader and a file") {
  std::string path = "/tmp/log-writer-XXXXXX";
  const Descriptor file(::mkstemp(path.data()));
  ::unlink(path.c_str());
  constexpr int count = 100;
  {
    LogWriter writer(file.get(), droppedLine, patient);
    for (int i = 0; i < count; ++i) writer.write(numbered(i));
  }
  std::string text(1'000'000, '\0');
  const ssize_t size = ::pread(file.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  const auto lines = linesOf(text);
  REQUIRE(lines.size() == count);
  for (int i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK(lines[static_cast<std::size_t>(i)] == numbered(i));
  }
}

TEST_CASE("a thread blocked in write(2) is detached") {
  // A terminal reports space and then accepts fewer bytes than are written.
  const Descriptor terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(::grantpt(terminal.get()) == 0);
  REQUIRE(::unlockpt(terminal.get()) == 0);
  std::array<char, 128> name{};
  REQUIRE(::ptsname_r(terminal.get(), name.data(), name.size()) == 0);
  const Descriptor shown(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  constexpr LogWriterLimits limits{std::size_t{1} << 20, 50ms, 50ms};
  auto writer = std::make_unique<LogWriter>(shown.get(), droppedLine, limits);
  for (int i = 0; i < 10'000; ++i) writer->write(numbered(i));
  const auto time = timeToDestroy(std::move(writer));
  CHECK(time >= limits.lastWrites + limits.lastWord);
  CHECK(time < 10s);
}

TEST_CASE("lines that cannot be written are counted and reported once writing works again") {
  const testing::TemporaryDirectory directory;
  const std::string name = directory.file("pipe");
  REQUIRE(::mkfifo(name.c_str(), 0600) == 0);
  const auto openReader = [&] { return Descriptor(::open(name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)); };
  Pipe pipe;
  pipe.reader = openReader();
  pipe.writer = Descriptor(::open(name.c_str(), O_WRONLY | O_CLOEXEC));
  LogWriter writer(pipe.writer.get(), droppedLine, patient);
  pipe.reader.close();
  for (int i = 0; i < 10; ++i) writer.write(numbered(i));
  REQUIRE(eventually([&] { return writer.dropped() == 10; }));

  pipe.reader = openReader();
  std::string text;
  writer.write(numbered(10));
  REQUIRE(readUntil(pipe, text, droppedLine(10)));
  CHECK(text == numbered(10) + droppedLine(10));
}

TEST_CASE("a full disk and a closed descriptor do not block the writer") {
  constexpr int closedDescriptor = 987;
  const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  for (const int descriptor : {full.get(), closedDescriptor}) {
    CAPTURE(descriptor);
    LogWriter writer(descriptor, droppedLine, patient);
    writer.write(numbered(0));
    CHECK(eventually([&] { return writer.dropped() == 1; }));
  }
}

TEST_CASE("a reader that has gone ends neither the process nor the writer") {
  Pipe pipe;
  pipe.reader.close();
  LogWriter writer(pipe.writer.get(), droppedLine, patient);
  writer.write(numbered(0));
  CHECK(eventually([&] { return writer.dropped() == 1; }));
}

TEST_CASE("a descriptor that another process has made non-blocking loses no line") {
  Pipe pipe(O_NONBLOCK);
  std::string text;
  LogWriter writer(pipe.writer.get(), droppedLine, {std::size_t{1} << 20, 20s, 1s});
  constexpr int count = 2'000;  // more than fits into the pipe
  for (int i = 0; i < count; ++i) writer.write(numbered(i));
  CHECK(readUntil(pipe, text, numbered(count - 1)));
  CHECK(linesOf(text).size() == count);
  CHECK(writer.dropped() == 0);
}

TEST_CASE("the constructor reports a thread that cannot be started") {
  pthread_attr_t usual;
  REQUIRE(::pthread_getattr_default_np(&usual) == 0);
  pthread_attr_t impossible;
  ::pthread_attr_init(&impossible);
  REQUIRE(::pthread_attr_setstacksize(&impossible, std::size_t{1} << 46) == 0);
  REQUIRE(::pthread_setattr_default_np(&impossible) == 0);
  std::string sentence;
  try {
    LogWriter writer(2, droppedLine);
  } catch (const std::runtime_error& error) {
    sentence = error.what();
  }
  ::pthread_setattr_default_np(&usual);
  CHECK(sentence.starts_with("cannot start the thread that writes the log"));
}

}  // namespace glitch_protocol::web
