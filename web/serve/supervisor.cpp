#include "web/serve/supervisor.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "web/http/descriptor.h"

namespace glitch_protocol::web {
namespace {

constexpr timeval patience{1, 0};  // a service manager that does not read must not block the server

std::string takeVariable(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread has started yet
  std::string value = text == nullptr ? "" : text;
  ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): as above
  return value;
}

/// 0 unless `text` is a whole number.
std::int64_t numberIn(std::string_view text) {
  std::int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() ? number : 0;
}

/// The error of errno's kind; 0 if the message was sent.
int sendDatagram(std::string_view target, std::string_view message) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // sd_notify(3) also knows vsock: addresses, which only virtual machines use.
  if (target.front() != '/' && target.front() != '@') return EAFNOSUPPORT;
  if (target.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  std::memcpy(address.sun_path, target.data(), target.size());
  if (target.front() == '@') address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + target.size());

  const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  const ssize_t sent = ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL, to, length);
  return sent < 0 ? errno : 0;
}

}  // namespace

Supervisor::Request Supervisor::takeFromEnvironment() {
  Request request;
  request.socket = takeVariable("NOTIFY_SOCKET");
  const std::int64_t interval = numberIn(takeVariable("WATCHDOG_USEC"));
  const std::string process = takeVariable("WATCHDOG_PID");
  const bool isMine = process.empty() || numberIn(process) == ::getpid();
  if (!request.socket.empty() && isMine && interval > 0)
    request.watchdog = std::chrono::microseconds(interval);
  return request;
}

Supervisor::Supervisor(Request request, Log& log) : request_(std::move(request)), log_(log) {}

void Supervisor::ready(std::string_view status) {
  send("READY=1\nSTATUS=" + std::string(status));
}

// The time lets a unit of Type=notify-reload tell this message from an earlier one.
void Supervisor::reloading() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC
  send("RELOADING=1\nMONOTONIC_USEC=" +
       std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

void Supervisor::stopping() {
  send("STOPPING=1");
}

void Supervisor::alive() {
  send("WATCHDOG=1");
}

void Supervisor::send(std::string_view message) {
  if (request_.socket.empty()) return;
  const int error = sendDatagram(request_.socket, message);
  if (error == 0) return;
  log_.writeRepeatable(LogLevel::warning, "supervisor_unreachable", "",
                       {{"socket", request_.socket}, {"reason", std::generic_category().message(error)}});
}

}  // namespace glitch_protocol::web
