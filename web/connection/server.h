#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/database_adapter.h"
#include "web/connection/exchange.h"
#include "web/connection/framing.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

/// Every bound of the connection layer. Deadlines are totals: a client that drips bytes gains nothing.
struct ConnectionLimits {
  FramingLimits framing;

  std::chrono::milliseconds handshakeDeadline{10'000};  ///< TLS, from accepting
  std::chrono::milliseconds headDeadline{10'000};       ///< from accepting, or from the first byte
  std::chrono::milliseconds bodyDeadline{30'000};       ///< from the end of the header
  std::chrono::milliseconds writeDeadline{30'000};      ///< an answer, or a stream that stopped reading
  std::chrono::milliseconds idleDeadline{60'000};       ///< between two requests of a connection
  std::chrono::milliseconds drainDeadline{1'000};       ///< after a closing answer, for the client to read it

  std::size_t maxConnections = 10'000;  ///< streams included; lowered to what RLIMIT_NOFILE allows
  /// Whose share of the connections a peer's count towards, by Peer::address; "": nobody's, as for a proxy.
  /// Called on the thread that accepts. Empty: nobody's count.
  std::function<std::string(std::string_view)> shareOf;
  std::size_t maxConnectionsPerAddress = 0;  ///< of each share; 0: a quarter of the connections in force
  /// Received, unsent and queued bytes of all connections and streams together. Past it those who hold most
  /// are closed, and bodies that would have to wait get 503 SERVER_BUSY.
  std::size_t memory = 64 * 1024 * 1024;
  std::size_t workers = 0;  ///< threads that read and answer; 0: chosen from the cores

  std::size_t commitThreads = 32;              ///< Lane::commit; 0: such requests run on the workers
  std::size_t commitQueue = maxWaitingWrites;  ///< waiting requests; past it 503 SERVER_BUSY
  std::size_t hashingThreads = 0;              ///< Lane::hashing; 0: two for each core
  std::size_t maxHashingThreads = 0;           ///< further ones start as they are needed; 0: none
  std::size_t hashingQueue = 64;
  std::size_t probeQueue = 256;  ///< Lane::probe, which has one thread

  /// Header fields for every answer beside the usual ones, the layer's own refusals included: lines, each
  /// with its CR LF.
  std::string answerFields;

  std::size_t streamBufferBytes = 64 * 1024;    ///< waiting behind so much, an event drops its stream
  std::chrono::milliseconds heartbeat{20'000};  ///< a comment to a stream that was silent for so long
};

/// A monotonic clock for the deadlines. Must be thread-safe.
using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

/// Owns the sockets: accepts, frames, keeps the deadlines and the bounds, and hands each complete, checked
/// request through httplib to the RequestHandler. *Thread-safe*, but listen, adoptSystemdSockets, useTls and
/// start belong to the one thread that sets it up, before start.
///
/// The process's SIGPIPE is ignored from construction on; the soft limit of open files is raised to the hard
/// one. `handler` and `log` must outlive the server.
class ConnectionServer {
 public:
  ConnectionServer(ConnectionLimits limits, RequestHandler& handler, Log& log);
  /// The same with a clock of the test's own for the deadlines; see tick.
  ConnectionServer(ConnectionLimits limits, RequestHandler& handler, Log& log, const SteadyClock& clock);
  /// Stops without grace if it is still running.
  ~ConnectionServer();

  ConnectionServer(const ConnectionServer&) = delete;
  ConnectionServer& operator=(const ConnectionServer&) = delete;

  /// Binds and listens; clients are served from start on. Forms: `127.0.0.1:8080`, `[::1]:8080`,
  /// `unix:/run/x.sock`; port 0 lets the system choose. A Unix socket gets mode 0660; a stale file in its
  /// place is replaced, one that answers is not. Throws std::runtime_error with a sentence for people.
  void listen(std::string_view address);

  /// Takes over the listening sockets that systemd passed (LISTEN_PID, LISTEN_FDS) and clears those
  /// variables. Without any, does nothing. Throws std::runtime_error when one of them is no listening stream
  /// socket.
  void adoptSystemdSockets();

  /// Encrypts every TCP listener (Unix sockets stay plain: their peer is a local proxy). PEM files; TLS 1.2
  /// and later. Throws std::runtime_error naming the file and the reason.
  void useTls(const std::string& certificateFile, const std::string& keyFile);

  /// Reads the same files again for new connections. Bad ones are logged and the present certificate stays.
  /// Returns whether the new one is in use. Without useTls does nothing and returns false.
  bool reloadTls();

  /// Where it listens, in the order of the calls, with the real ports.
  std::vector<std::string> addresses() const;

  /// Starts the threads and returns. Throws std::system_error when the system has none left, std::bad_alloc
  /// when memory is lacking; then it has stopped, and cannot be started again.
  void start();

  /// Stops accepting, answers what is in flight with `Connection: close`, ends the streams after what they
  /// have queued, and cuts what is left after `grace`. Returns when every thread has ended; removes the Unix
  /// sockets. A second call only waits until the first has returned.
  void stop(std::chrono::milliseconds grace);

  /// Looks at every deadline and heartbeat now, by the clock given at construction. The server does so by
  /// itself twice a second; tests move their clock and call it.
  void tick();

  /// Connections that are open now, streams included, and event streams among them.
  std::size_t openConnections() const;
  std::size_t openStreams() const;
  /// Requests that wait for a thread of that lane; 0 for Lane::inlined, whose requests do not wait, and before
  /// start.
  std::size_t waitingRequests(Lane lane) const;
  /// Since the start: requests answered by the handler, refusals by the layer itself, streams dropped for
  /// not reading.
  std::size_t requestsServed() const;
  std::size_t requestsRefused() const;
  std::size_t streamsDropped() const;

  /// How near the bounds of memory and connections are, and what keeping them has cost clients.
  struct Pressure {
    std::size_t heldBytes = 0;  ///< now; see ConnectionLimits::memory
    std::size_t maxHeldBytes = 0;
    std::size_t closedForMemory = 0;  ///< since the start, like what follows; connections and streams
    std::size_t gaveWay = 0;          ///< idle connections that were closed at the cap for new ones
    std::size_t refusedForShare = 0;  ///< connections of an address that had its share
  };
  Pressure pressure() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::web
