#include "web/connection/transport.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <cerrno>

namespace glitch_protocol::web {
namespace {

Transfer socketResult(ssize_t result, Transfer::State wouldBlock) {
  if (result > 0) return {Transfer::State::moved, static_cast<std::size_t>(result)};
  if (result == 0) return {Transfer::State::ended};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {wouldBlock};
  return {Transfer::State::failed};
}

}  // namespace

Transport::Transport(Descriptor socket, SslSession ssl, AddressShares::Place place)
    : place_(std::move(place)), socket_(std::move(socket)), ssl_(std::move(ssl)) {
  if (!ssl_) return;
  SSL_set_fd(ssl_.get(), socket_.get());
  SSL_set_accept_state(ssl_.get());
}

Transfer Transport::handshake() {
  ERR_clear_error();  // SSL_get_error reads the error queue of the thread, where an earlier connection may have left errors
  return tlsResult(SSL_do_handshake(ssl_.get()), 1);
}

void Transport::noteEvent(bool ending) {
  mayHaveUnread_ = true;
  if (ending) endIsNear_ = true;
}

void Transport::noteNothingUnread() {
  mayHaveUnread_ = false;
  endIsNear_ = false;
}

Transfer Transport::read(std::span<char> into) {
  return ssl_ ? tlsRead(into) : plainRead(into);
}

// Fewer bytes than asked for are all that there were (epoll(7), question 9), but the end may follow them.
Transfer Transport::plainRead(std::span<char> into) {
  const auto result = ::recv(socket_.get(), into.data(), into.size(), 0);
  const Transfer transfer = socketResult(result, Transfer::State::wantsRead);
  if (transfer.state == Transfer::State::wantsRead && errno != EINTR) noteNothingUnread();
  if (transfer.state == Transfer::State::moved && transfer.bytes < into.size()) mayHaveUnread_ = endIsNear_;
  return transfer;
}

// Reads until nothing is left: the socket does not become readable for what OpenSSL has in memory, nor once more for
// another record that has already arrived.
Transfer Transport::tlsRead(std::span<char> into) {
  std::size_t total = 0;
  while (total < into.size()) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data() + total, into.size() - total, &bytes);
    if (result != 1) {
      const Transfer end = tlsResult(result, 0);
      return total > 0 ? Transfer{Transfer::State::moved, total} : end;
    }
    total += bytes;
  }
  return {Transfer::State::moved, total};
}

Transfer Transport::write(std::string_view bytes) {
  if (!ssl_)
    return socketResult(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                        Transfer::State::wantsWrite);
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return tlsResult(result, written);
}

void Transport::finishSending() {
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_.get(), SHUT_WR);
}

void Transport::limitSilence(std::chrono::milliseconds silence) {
  const auto milliseconds = static_cast<unsigned>(silence.count());
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

Transfer Transport::tlsResult(int result, std::size_t bytes) {
  if (result == 1) return {Transfer::State::moved, bytes};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      noteNothingUnread();
      return {Transfer::State::wantsRead};
    case SSL_ERROR_WANT_WRITE:
      return {Transfer::State::wantsWrite};
    case SSL_ERROR_ZERO_RETURN:
      return {Transfer::State::ended};
    default:
      return {Transfer::State::failed};
  }
}

}  // namespace glitch_protocol::web
