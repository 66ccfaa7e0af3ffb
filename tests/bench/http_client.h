// What the load programs share: a connection to the server under test, and where an answer ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace glitch_protocol::bench {

/// A connected, non-blocking TCP socket to 127.0.0.1, closed with the object. *One thread at a time.*
class ClientSocket {
 public:
  /// Throws std::system_error when the server cannot be reached or no descriptor is left.
  explicit ClientSocket(std::uint16_t port);
  ~ClientSocket();
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&&) = delete;

  int descriptor() const { return descriptor_; }

  /// Sends all of `bytes`, which must fit into the socket's buffer: std::system_error when they do not, or
  /// when the connection is broken.
  void send(std::string_view bytes) const;

  enum class State { open, ended };
  /// Appends what has arrived to `bytes`. A broken connection is `ended` too.
  State receive(std::string& bytes) const;

 private:
  int descriptor_;
};

/// The first answer in what was received.
struct AnswerFrame {
  std::size_t length = 0;  ///< in bytes, head included; 0: it is not there as a whole
  int status = 0;          ///< 0 as long as length is
};

/// Knows Content-Length and chunked bodies; an answer with neither has no body.
AnswerFrame frameAnswer(std::string_view bytes);

/// `POST path` with a JSON body, over keep-alive. `token` "" sends no Authorization.
std::string formatPost(std::string_view path, std::string_view token, std::string_view body);

/// Raises the soft limit of open files to the hard one.
void raiseOpenFiles();

}  // namespace glitch_protocol::bench
