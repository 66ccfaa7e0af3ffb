// Tells the service manager that started this process, such as systemd, about its state.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "web/http/log.h"

namespace glitch_protocol::web {

/// Speaks the protocol of sd_notify(3): one datagram for each change of state. Without a service manager the
/// calls do nothing. A message that cannot be delivered within a second is lost and logged as
/// `supervisor_unreachable`. *One thread at a time.*
class Supervisor {
 public:
  /// What the service manager has asked for.
  struct Request {
    std::string socket;  ///< a path, or @ and the name of an abstract socket; empty: nobody is to be told
    /// The service manager ends a process that does not call alive() this often; 0: there is no watchdog.
    std::chrono::microseconds watchdog{0};
  };

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and removes them from the environment. A watchdog for
  /// another process is ignored. Call it before any thread starts.
  static Request takeFromEnvironment();

  /// `log` must outlive this.
  Supervisor(Request request, Log& log);

  /// The server answers; also after reloading(). `status` is shown to the operator.
  void ready(std::string_view status);
  /// The configuration is being read again; ready() follows.
  void reloading();
  void stopping();
  /// For the watchdog.
  void alive();

  /// Request::watchdog; 0 as well without a socket.
  std::chrono::microseconds watchdog() const { return request_.watchdog; }

 private:
  void send(std::string_view message);

  // constant after construction
  const Request request_;
  // locks itself
  Log& log_;
};

}  // namespace glitch_protocol::web
