#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// Whether a password may go to another machine over plain http.
enum class PlainPassword { refused, allowed };

/// Where a server is, as browsers see it. *Immutable*: a plain value.
struct ServerUrl {
  enum class Scheme { http, https };
  Scheme scheme = Scheme::http;
  std::string host;  ///< without the brackets of IPv6
  int port = 80;
  std::string base;  ///< the path in front of /api, without a slash at its end; mostly empty

  /// Reads `http://host`, `https://host:port` and `https://host/base`. Throws std::runtime_error, saying what
  /// is wrong.
  static ServerUrl parse(std::string_view text);

  /// "https://host:port", as browsers write it in Origin: without the scheme's own port.
  std::string origin() const;
  bool isEncrypted() const { return scheme == Scheme::https; }
  /// A name or address of this machine itself, for which browsers make exceptions: "localhost", names below
  /// it, 127.0.0.0/8 and ::1.
  bool isLoopback() const;
};

}  // namespace glitch_protocol::web
