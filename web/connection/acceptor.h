#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "web/connection/listener.h"
#include "web/connection/server_parts.h"
#include "web/connection/tls.h"
#include "web/http/wake.h"

namespace glitch_protocol::web {

/// How many connections there may be.
struct ConnectionCaps {
  std::size_t total = 0;
  std::size_t perAddress = 0;  ///< for each name that ConnectionLimits::shareOf gives
};

/// The thread that accepts, and that looks at the deadlines twice a second. An address that holds its share of
/// connections is refused; at the cap the connections that are idle give way, the oldest first. Nothing that
/// accept(2) reports ends it: a lost client is skipped; without memory it closes one and rests; without
/// descriptors one client at a time is refused with a descriptor
/// kept in reserve, and after a short rest it tries again. The log has such a shortage once when it begins
/// and once when it has been over for some seconds. *One thread at a time.*
class Acceptor {
 public:
  /// `certificate` may be null: no TLS. All but the listeners must outlive the acceptor.
  Acceptor(ServerParts& parts, std::vector<Listener> listeners, const TlsCertificate* certificate,
           ConnectionCaps caps);
  /// Stops first.
  ~Acceptor();

  void start();
  /// Accepts whoever is waiting already, then closes the listeners and ends the thread.
  void stop();

 private:
  enum class Mood { willing, resting };
  /// A time during which accept(2) could not accept.
  struct Shortage {
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point last;
    std::size_t refused = 0;
  };

  void run();
  template <class Step>
  bool withMemory(Step step);
  Mood acceptFrom(const Listener& listener);
  Mood acceptSome(const Listener& listener);
  void admit(const Listener& listener, Arrival arrival);
  bool makeRoom();
  void turnAway(Arrival arrival);
  void refuseWithReserve(const Listener& listener);
  void noteShortage(const Listener& listener);
  void noteRecovery();
  void watch(unsigned events);

  // Constant after construction.
  ServerParts& parts_;
  const TlsCertificate* const certificate_;
  const ConnectionCaps caps_;
  const Descriptor epoll_;

  // Locks itself.
  Wake wake_;
  std::atomic<bool> stopping_{false};

  // The thread alone, while it runs.
  std::vector<Listener> listeners_;
  Descriptor reserve_;
  std::optional<Shortage> shortage_;

  std::thread thread_;
};

}  // namespace glitch_protocol::web
