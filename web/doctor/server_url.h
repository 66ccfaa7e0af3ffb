// The address of a server, as browsers use it.
#pragma once

#include <string>
#include <string_view>

namespace glitch_protocol::web {

/// Whether a password may go to another machine over plain http.
enum class PlainPassword { refused, allowed };

/// The parts of the address that browsers use. A plain value.
struct ServerUrl {
  enum class Scheme { http, https };
  Scheme scheme = Scheme::http;
  std::string host;  ///< without the brackets of IPv6
  int port = 80;
  std::string base;  ///< the path before /api, without a slash at its end; usually empty

  /// Reads `http://host`, `https://host:port` and `https://host/base`. Throws std::runtime_error with the
  /// reason.
  static ServerUrl parse(std::string_view text);

  /// "https://host:port", as browsers write it in Origin: without the scheme's own port.
  std::string origin() const;
  bool isEncrypted() const { return scheme == Scheme::https; }
  /// Whether the host is this machine itself, for which browsers make exceptions: "localhost", names below it,
  /// 127.0.0.0/8 and ::1.
  bool isLoopback() const;
};

}  // namespace glitch_protocol::web
