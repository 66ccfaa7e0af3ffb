// Tests of the messages to the service manager, received on real datagram sockets.
#include "web/serve/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/catch.h"
#include "tests/support/temporary_directory.h"
#include "web/http/descriptor.h"
#include "web/serve/health_report.h"

namespace glitch_protocol::web {
namespace {

using namespace std::chrono_literals;

/// A service manager that listens at a path, or at an abstract name if it begins with @.
class Receiver {
 public:
  explicit Receiver(std::string name) : name_(std::move(name)), socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (name_.front() == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
  }

  /// The next message; "" if there is none.
  std::string next() const {
    std::array<char, 512> bytes{};
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return {bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
  }
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
  const Descriptor socket_;
};

struct Lines {
  std::string text;
  Log log{LogLevel::info, LogFormat::text, [] { return std::chrono::system_clock::time_point{}; },
          [this](std::string_view line) { text += line; }};
};

std::string abstractName() {
  return "@auth-server-test-" + std::to_string(::getpid());
}

Supervisor::Request fromEnvironment(const char* socket, const char* interval, const std::string& process) {
  if (socket != nullptr) ::setenv("NOTIFY_SOCKET", socket, 1);
  if (interval != nullptr) ::setenv("WATCHDOG_USEC", interval, 1);
  if (!process.empty()) ::setenv("WATCHDOG_PID", process.c_str(), 1);
  return Supervisor::takeFromEnvironment();
}

}  // namespace

TEST_CASE("each change of state is one datagram, to a path or to an abstract socket") {
  const TemporaryDirectory directory;
  for (const std::string& name : {directory.file("notify"), abstractName()}) {
    CAPTURE(name);
    const Receiver receiver(name);
    Lines lines;
    Supervisor supervisor({name, 0us}, lines.log);
    supervisor.ready("listens");
    CHECK(receiver.next() == "READY=1\nSTATUS=listens");
    supervisor.alive();
    CHECK(receiver.next() == "WATCHDOG=1");
    supervisor.stopping();
    CHECK(receiver.next() == "STOPPING=1");
    CHECK(receiver.next().empty());
    CHECK(lines.text.empty());
  }
}

TEST_CASE("a reload is announced with the time of the monotonic clock, in microseconds") {
  const Receiver receiver(abstractName());
  Lines lines;
  Supervisor supervisor({receiver.name(), 0us}, lines.log);
  const auto microseconds = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  const auto before = microseconds();
  supervisor.reloading();
  const std::string message = receiver.next();
  const std::string prefix = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(message.starts_with(prefix));
  const auto time = std::stoll(message.substr(prefix.size()));
  CHECK(time >= before);
  CHECK(time <= microseconds());
}

TEST_CASE("without a service manager nothing is sent; one that cannot be reached is logged with the reason") {
  struct Case {
    std::string socket;
    const char* reason;
  };
  const TemporaryDirectory directory;
  for (const auto& [socket, reason] :
       {Case{"", ""}, Case{directory.file("absent"), "No such file"}, Case{"vsock:2:1", "not supported"},
        Case{"relative", "not supported"}, Case{"/" + std::string(200, 'x'), "too long"}}) {
    CAPTURE(socket);
    Lines lines;
    Supervisor supervisor({socket, 0us}, lines.log);
    supervisor.ready("listens");
    if (socket.empty())
      CHECK(lines.text.empty());
    else
      CHECK((lines.text.find("supervisor_unreachable") != std::string::npos &&
             lines.text.find(reason) != std::string::npos));
  }
}

TEST_CASE("socket and watchdog come from the environment and are removed from it") {
  const std::string me = std::to_string(::getpid());
  CHECK(fromEnvironment(nullptr, nullptr, "").socket.empty());
  const Supervisor::Request mine = fromEnvironment("/run/notify", "30000000", me);
  CHECK(mine.socket == "/run/notify");
  CHECK(mine.watchdog == 30s);
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
    CHECK(std::getenv(name) == nullptr);
  CHECK(fromEnvironment("@n", "5", "").watchdog == 5us);
  CHECK(fromEnvironment("@n", "5", "1").watchdog == 0us);
  CHECK(fromEnvironment("@n", "five", "").watchdog == 0us);
  CHECK(fromEnvironment("@n", "-5", "").watchdog == 0us);
  CHECK(fromEnvironment(nullptr, "5", me).watchdog == 0us);
}

TEST_CASE("the watchdog is told only of checks that have passed, four times in its interval") {
  const Receiver receiver(abstractName());
  Lines lines;
  Supervisor supervisor({receiver.name(), 8s}, lines.log);
  HealthReport::Time now{100s};
  bool passes = false;
  int checks = 0;
  HealthReport report(supervisor, "listens",
                      {[&] {
                         ++checks;
                         passes = false;
                       },
                       [&] { return passes; }, [&] { return now; }});
  report.poll();
  CHECK_FALSE(report.isReady());
  CHECK(receiver.next().empty());
  passes = true;
  report.poll();
  CHECK(report.isReady());
  CHECK(receiver.next() == "READY=1\nSTATUS=listens");
  CHECK(receiver.next() == "WATCHDOG=1");
  now += 1999ms;
  report.poll();
  CHECK(checks == 0);
  for (int check = 1; check <= 3; ++check) {
    CAPTURE(check);
    now += 2s;
    report.poll();
    CHECK(checks == check);
    report.poll();
    CHECK(receiver.next().empty());
    passes = true;
    report.poll();
    CHECK(receiver.next() == "WATCHDOG=1");
  }
  now += 2s;
  report.poll();
  for (int second = 0; second < 60; ++second) {
    CAPTURE(second);
    now += 1s;
    report.poll();
    CHECK(receiver.next().empty());
  }
  CHECK(checks == 4);
}

TEST_CASE("without a watchdog there is one check, for being ready, and a reload ends with ready again") {
  const Receiver receiver(abstractName());
  Lines lines;
  Supervisor supervisor({receiver.name(), 0us}, lines.log);
  HealthReport::Time now{100s};
  int checks = 0;
  HealthReport report(supervisor, "listens", {[&] { ++checks; }, [] { return true; }, [&] { return now; }});
  report.poll();
  CHECK(receiver.next() == "READY=1\nSTATUS=listens");
  now += 24h;
  report.poll();
  CHECK(receiver.next().empty());
  CHECK(checks == 0);
  report.readyAgain();
  CHECK(receiver.next() == "READY=1\nSTATUS=listens");
}

}  // namespace glitch_protocol::web
