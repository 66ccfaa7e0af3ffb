// The connection of the load programs, and their HTTP framing.
#include "tests/bench/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

namespace glitch_protocol::bench {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The value of a header field; "" if it is missing.
std::string_view fieldValue(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        ::strncasecmp(line.data(), name.data(), name.size()) == 0) {
      const std::size_t value = line.find_first_not_of(' ', name.size() + 1);
      return value == std::string_view::npos ? std::string_view() : line.substr(value);
    }
    if (end == std::string_view::npos) break;
    head.remove_prefix(end + 2);
  }
  return {};
}

std::size_t number(std::string_view text, int base) {
  std::size_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

/// The length of a chunked body; npos if its end has not arrived yet.
std::size_t chunkedLength(std::string_view body) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t lineEnd = body.find("\r\n", at);
    if (lineEnd == std::string_view::npos) return std::string_view::npos;
    const std::size_t size = number(body.substr(at, lineEnd - at), 16);
    at = lineEnd + 2 + size + 2;
    if (at > body.size()) return std::string_view::npos;
    if (size == 0) return at;
  }
}

}  // namespace

ClientSocket::ClientSocket(std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (descriptor_ < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ::close(std::exchange(descriptor_, -1));
    fail("connect");
  }
}

ClientSocket::~ClientSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

void ClientSocket::send(std::string_view bytes) const {
  const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) fail("send");
  if (static_cast<std::size_t>(sent) != bytes.size()) {
    errno = EMSGSIZE;
    fail("send");
  }
}

ClientSocket::State ClientSocket::receive(std::string& bytes) const {
  thread_local std::array<char, 65'536> arrived;
  const ssize_t count = ::recv(descriptor_, arrived.data(), arrived.size(), MSG_DONTWAIT);
  if (count > 0) bytes.append(arrived.data(), static_cast<std::size_t>(count));
  const bool waits = count < 0 && (errno == EAGAIN || errno == EINTR);
  return count > 0 || waits ? State::open : State::ended;
}

AnswerFrame frameAnswer(std::string_view bytes) {
  const std::size_t blank = bytes.find("\r\n\r\n");
  if (blank == std::string_view::npos) return {};
  const std::string_view head = bytes.substr(0, blank);
  std::size_t length = blank + 4;
  if (const std::string_view size = fieldValue(head, "Content-Length"); !size.empty()) {
    length += number(size, 10);
  } else if (fieldValue(head, "Transfer-Encoding") == "chunked") {
    const std::size_t body = chunkedLength(bytes.substr(length));
    if (body == std::string_view::npos) return {};
    length += body;
  }
  if (bytes.size() < length) return {};
  return {length, static_cast<int>(number(head.substr(sizeof "HTTP/1.1", 3), 10))};
}

std::string formatPost(std::string_view path, std::string_view token, std::string_view body) {
  std::string request = "POST ";
  request.append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n");
  if (!token.empty()) request.append("Authorization: Bearer ").append(token).append("\r\n");
  request.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return request;
}

void raiseOpenFiles() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace glitch_protocol::bench
