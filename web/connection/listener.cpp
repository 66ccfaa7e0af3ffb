#include "web/connection/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace glitch_protocol::web {
namespace {

constexpr int sendBuffer = 128 * 1024;
constexpr int backlog = 1024;
// TCP keep-alive: seconds of silence before the first probe, seconds between probes, and the number of
// unanswered probes after which the connection is dropped.
constexpr int keepAliveIdle = 20;
constexpr int keepAliveInterval = 5;
constexpr int keepAliveProbes = 3;
constexpr mode_t unixSocketMode = 0660;

[[noreturn]] void refuse(const std::string& address, int error) {
  std::string sentence = "Cannot listen on " + address + ": " + std::generic_category().message(error) + ".";
  if (error == EADDRINUSE) sentence += " Is another server running there?";
  throw std::runtime_error(sentence);
}

int optionOf(int socket, int option) {
  int value = -1;
  socklen_t length = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, option, &value, &length) == 0 ? value : -1;
}

/// Whether a server accepts connections on the socket file. In doubt, true.
bool isAlive(const SocketAddress& address) {
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  return ::connect(probe.get(), address.get(), address.length) == 0 || errno != ECONNREFUSED;
}

void removeStaleFile(const SocketAddress& address) {
  struct stat status {};
  const std::string path = unixPath(address);
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode))
    throw std::runtime_error("Cannot listen on unix:" + path + ": the path exists and is not a socket.");
  if (isAlive(address)) refuse("unix:" + path, EADDRINUSE);
  ::unlink(path.c_str());
}

/// Limits the send buffer; accepted sockets inherit the limit. By default the kernel buffers up to 4 MB
/// (tcp_wmem) for each client that does not read.
void limitSendBuffer(int socket) {
  ::setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &sendBuffer, sizeof sendBuffer);
}

/// Enables TCP keep-alive; accepted sockets inherit it (tcp(7)).
void enableKeepAlive(int socket) {
  const auto set = [&](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, keepAliveIdle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, keepAliveInterval);
  set(IPPROTO_TCP, TCP_KEEPCNT, keepAliveProbes);
}

}  // namespace

Listener::Listener(std::string_view text) {
  const SocketAddress address = parseAddress(text);
  const std::string printed = formatAddress(address);
  socket_ = Descriptor(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) refuse(printed, errno);
  if (address.family() == AF_UNIX) {
    family_ = Family::unixSocket;
    removeStaleFile(address);
  } else {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    enableKeepAlive(socket_.get());
  }
  limitSendBuffer(socket_.get());
  if (::bind(socket_.get(), address.get(), address.length) != 0) refuse(printed, errno);
  if (family_ == Family::unixSocket) {
    ownFile_ = unixPath(address);
    // No client can connect before listen(2), so the mode set by the umask is never effective.
    if (::chmod(ownFile_.c_str(), unixSocketMode) != 0) refuse(printed, errno);
  }
  if (::listen(socket_.get(), backlog) != 0) refuse(printed, errno);
}

Listener::Listener(Descriptor listening) : socket_(std::move(listening)) {
  const std::string name = "Descriptor " + std::to_string(socket_.get());
  const int family = boundAddress(socket_.get()).family();
  const bool known = family == AF_INET || family == AF_INET6 || family == AF_UNIX;
  if (!known || optionOf(socket_.get(), SO_TYPE) != SOCK_STREAM ||
      optionOf(socket_.get(), SO_ACCEPTCONN) != 1)
    throw std::runtime_error(name + " was passed as a listening socket but is not one.");
  family_ = family == AF_UNIX ? Family::unixSocket : Family::tcp;
  limitSendBuffer(socket_.get());
  if (family_ == Family::tcp) enableKeepAlive(socket_.get());
  ::fcntl(socket_.get(), F_SETFD, FD_CLOEXEC);
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

Listener::~Listener() {
  if (socket_ && !ownFile_.empty()) ::unlink(ownFile_.c_str());
}

Listener::Result Listener::accept() const {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  Descriptor socket(::accept4(socket_.get(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) {
    const int on = 1;
    if (family_ == Family::tcp) ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // A Unix client socket is usually unbound and then has no address family.
    return {Result::State::accepted, {std::move(socket), family_ == Family::tcp ? formatPeer(peer) : "unix"}};
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Result::State::noneWaiting, {}};
  if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO || errno == EPERM)
    return {Result::State::again, {}};
  // EMFILE, ENFILE, ENOBUFS, ENOMEM, and network errors that accept(2) reports.
  return {Result::State::exhausted, {}};
}

}  // namespace glitch_protocol::web
