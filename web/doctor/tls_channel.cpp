// A non-blocking socket below OpenSSL's BIOs, which read and write alike with and without TLS. cpp-httplib has no deadline
// for a whole request, and its older versions have no Unix sockets.
#include "web/doctor/tls_channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "web/http/descriptor.h"

namespace glitch_protocol::web {
namespace {

using Clock = std::chrono::steady_clock;

std::string lastTlsError() {
  const unsigned long code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "the connection ended" : reason;
}

void requireName(SSL* session, SSL_CTX* context, const std::string& host) {
  SSL_CTX_set_default_verify_paths(context);
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) != 1)
    SSL_set1_host(session, host.c_str());
  ERR_clear_error();
  SSL_set_verify(session, SSL_VERIFY_PEER, nullptr);
}

}  // namespace

class TlsChannel::Impl {
 public:
  Impl(std::string name, std::chrono::milliseconds patience)
      : name_(std::move(name)), patience_(patience), deadline_(Clock::now() + patience) {
    ERR_clear_error();
  }

  void connect(const std::vector<SocketAddress>& addresses) {
    int error = 0;
    for (const SocketAddress& address : addresses) {
      error = connectTo(address);
      if (error == 0) {
        bio_.reset(BIO_new_socket(socket_.get(), BIO_NOCLOSE));
        return;
      }
    }
    throw std::runtime_error("no server answers at " + name_ + ": " + std::generic_category().message(error));
  }

  void encrypt(const std::string& host, ServerTrust trust) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    BIO* const tls = context_ ? BIO_new_ssl(context_.get(), 1) : nullptr;
    if (tls == nullptr) throw std::runtime_error("OpenSSL could not be set up");
    bio_.reset(BIO_push(tls, bio_.release()));
    SSL* session = nullptr;
    BIO_get_ssl(tls, &session);
    SSL_set_tlsext_host_name(session, host.c_str());
    if (trust == ServerTrust::name) requireName(session, context_.get(), host);
    if (repeat([&] { return static_cast<int>(BIO_do_handshake(tls)); }) <= 0)
      throw std::runtime_error("the TLS handshake with " + name_ + " failed: " + lastTlsError());
  }

  void send(std::string_view text) {
    while (!text.empty()) {
      const int sent =
          repeat([&] { return BIO_write(bio_.get(), text.data(), static_cast<int>(text.size())); });
      if (sent <= 0) throw std::runtime_error(name_ + " closed the connection without an answer");
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  std::string receiveLine(std::size_t max) {
    std::string received;
    std::array<char, 512> part;
    while (received.find('\n') == std::string::npos && received.size() < max) {
      const int size = repeat([&] { return BIO_read(bio_.get(), part.data(), part.size()); });
      if (size <= 0) break;
      received.append(part.data(), static_cast<std::size_t>(size));
    }
    return received.substr(0, received.find_first_of("\r\n"));
  }

 private:
  /// 0, or the error number.
  int connectTo(const SocketAddress& address) {
    socket_ = Descriptor(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_) return errno;
    if (::connect(socket_.get(), address.get(), address.length) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    waitFor(POLLOUT);
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
  }

  /// The result of `step`, which is repeated as often as the socket makes it wait.
  template <class Step>
  int repeat(Step step) {
    for (;;) {
      const int result = step();
      if (result > 0 || !BIO_should_retry(bio_.get())) return result;
      waitFor(BIO_should_write(bio_.get()) ? POLLOUT : POLLIN);
    }
  }

  void waitFor(short events) {
    for (;;) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
      pollfd waiting{socket_.get(), events, 0};
      const int ready = ::poll(&waiting, 1, std::max(0, static_cast<int>(left.count())));
      if (ready > 0) return;
      if (ready == 0 || errno != EINTR) break;
    }
    throw std::runtime_error(name_ + " did not answer within " + std::to_string(patience_.count()) + " ms");
  }

  // constant after construction
  const std::string name_;
  const std::chrono::milliseconds patience_;
  const Clock::time_point deadline_;
  // set by the steps, destroyed in reverse order
  Descriptor socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{nullptr, SSL_CTX_free};
  std::unique_ptr<BIO, decltype(&BIO_free_all)> bio_{nullptr, BIO_free_all};
};

TlsChannel::TlsChannel(std::string name, std::chrono::milliseconds patience)
    : impl_(std::make_unique<Impl>(std::move(name), patience)) {}

TlsChannel::~TlsChannel() = default;

void TlsChannel::connect(const std::vector<SocketAddress>& addresses) {
  impl_->connect(addresses);
}

void TlsChannel::encrypt(const std::string& host, ServerTrust trust) {
  impl_->encrypt(host, trust);
}

void TlsChannel::send(std::string_view text) {
  impl_->send(text);
}

std::string TlsChannel::receiveLine(std::size_t max) {
  return impl_->receiveLine(max);
}

}  // namespace glitch_protocol::web
