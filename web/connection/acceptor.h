// The thread that accepts connections and enforces the caps on them.
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

/// The maximum numbers of connections.
struct ConnectionCaps {
  std::size_t total = 0;
  std::size_t perAddress = 0;  ///< for each name that ConnectionLimits::shareOf returns
};

/// Accepts connections and checks the deadlines twice a second. A connection from an address that has used up
/// its share is refused; at the total cap the connection that has been idle longest is evicted. No error of
/// accept(2) stops the thread: a client that was lost is skipped; when memory runs out, the client is closed
/// and accepting pauses; when descriptors run out, one client at a time is refused with a descriptor kept in
/// reserve, and accepting resumes after a short pause. Such a shortage is logged once when it begins and once
/// when it has been over for some seconds. *One thread at a time.*
class Acceptor {
 public:
  /// `certificate` may be null: no TLS. Everything but the listeners is borrowed and must outlive the
  /// acceptor.
  Acceptor(ServerParts& parts, std::vector<Listener> listeners, const TlsCertificate* certificate,
           ConnectionCaps caps);
  /// Calls stop().
  ~Acceptor();

  void start();
  /// Accepts the clients that are already waiting, then closes the listeners and ends the thread.
  void stop();

 private:
  enum class Mode { accepting, paused };
  /// A period in which accept(2) failed for lack of resources.
  struct Shortage {
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point last;
    std::size_t refused = 0;
  };

  void run();
  template <class Step>
  bool withMemory(Step step);
  Mode acceptFrom(const Listener& listener);
  Mode acceptSome(const Listener& listener);
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

  // Used only by the thread while it runs.
  std::vector<Listener> listeners_;
  Descriptor reserve_;
  std::optional<Shortage> shortage_;

  std::thread thread_;
};

}  // namespace glitch_protocol::web
