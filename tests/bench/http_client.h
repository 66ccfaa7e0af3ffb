// For the load programs: a connection to the server under test, and the framing of its answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace glitch_protocol::bench {

/// A connected, non-blocking TCP socket to 127.0.0.1, closed with the object. *One thread at a time.*
class ClientSocket {
 public:
  /// Throws std::system_error if the server cannot be reached or no descriptor is free.
  explicit ClientSocket(std::uint16_t port);
  ~ClientSocket();
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&&) = delete;

  int descriptor() const { return descriptor_; }

  /// Sends all of `bytes`. Throws std::system_error if they do not fit into the socket's buffer or the connection is
  /// broken.
  void send(std::string_view bytes) const;

  enum class State { open, ended };
  /// Appends what has arrived to `bytes`. A broken connection is `ended` too.
  State receive(std::string& bytes) const;

 private:
  int descriptor_;
};

/// The first answer in the received bytes.
struct AnswerFrame {
  std::size_t length = 0;  ///< in bytes, including the head; 0: the answer is not complete yet
  int status = 0;          ///< 0 if length is 0
};

/// Frames the first answer. Supports Content-Length and chunked bodies; an answer with neither has no body.
AnswerFrame frameAnswer(std::string_view bytes);

/// `POST path` with a JSON body, for a keep-alive connection. Without Authorization if `token` is "".
std::string formatPost(std::string_view path, std::string_view token, std::string_view body);

/// Raises the soft limit of open files to the hard limit.
void raiseOpenFiles();

}  // namespace glitch_protocol::bench
