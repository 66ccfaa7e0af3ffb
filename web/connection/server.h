// The connection layer as a whole: an HTTP server for one RequestHandler.
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

/// The limits of the connection layer. Deadlines cover a whole phase: sending slowly does not extend them.
struct ConnectionLimits {
  FramingLimits framing;

  std::chrono::milliseconds handshakeDeadline{10'000};  ///< TLS, from accepting
  std::chrono::milliseconds headDeadline{10'000};       ///< from accepting, or from the first byte
  std::chrono::milliseconds bodyDeadline{30'000};       ///< from the end of the header
  std::chrono::milliseconds writeDeadline{30'000};      ///< for an answer, or for a stream that is not read
  std::chrono::milliseconds idleDeadline{60'000};       ///< between two requests on a connection
  std::chrono::milliseconds drainDeadline{1'000};       ///< after a closing answer, for the client to read it

  std::size_t maxConnections = 10'000;  ///< streams included; lowered to what RLIMIT_NOFILE allows
  /// The key under which connections of a peer are counted, by Peer::address; "" for peers that are not
  /// counted, such as a proxy. Called on the accepting thread. If empty, no connections are counted.
  std::function<std::string(std::string_view)> shareOf;
  std::size_t maxConnectionsPerAddress = 0;  ///< for each key; 0: a quarter of the effective maxConnections
  /// Received, unsent and queued bytes of all connections and streams together. Beyond it the clients that
  /// hold most are closed, and bodies that would have to wait are refused with 503 SERVER_BUSY.
  std::size_t memory = 64 * 1024 * 1024;
  std::size_t workers = 0;  ///< threads that read and answer; 0: one for each core, up to 16

  std::size_t commitThreads = 32;              ///< Lane::commit; 0: such requests run on the workers
  std::size_t commitQueue = maxWaitingWrites;  ///< waiting requests; beyond it 503 SERVER_BUSY
  std::size_t hashingThreads = 0;              ///< Lane::hashing; 0: two for each core
  std::size_t maxHashingThreads = 0;           ///< more threads start on demand, up to this total; 0: none
  std::size_t hashingQueue = 64;
  std::size_t probeQueue = 256;  ///< Lane::probe, which has one thread

  /// Header fields for every answer in addition to the common ones, including the refusals of this layer:
  /// lines, each with its CR LF.
  std::string answerFields;

  std::size_t streamBufferBytes = 64 * 1024;  ///< an event that finds more than this waiting ends its stream
  std::chrono::milliseconds heartbeat{20'000};  ///< silence after which a stream gets a comment
};

/// A monotonic clock for the deadlines. Must be thread-safe.
using SteadyClock = std::function<std::chrono::steady_clock::time_point()>;

/// Owns the sockets: accepts connections, frames requests, enforces deadlines and limits, and passes each
/// complete, checked request to the RequestHandler. *Thread-safe*, except listen, adoptSystemdSockets, useTls
/// and start, which belong to the thread that sets the server up; start comes last.
///
/// The constructor makes the process ignore SIGPIPE and raises the soft limit of open files to the hard
/// limit. `handler` and `log` must outlive the server.
class ConnectionServer {
 public:
  ConnectionServer(const ConnectionLimits& limits, RequestHandler& handler, Log& log);
  /// For tests: uses `clock` for the deadlines; see tick().
  ConnectionServer(const ConnectionLimits& limits, RequestHandler& handler, Log& log,
                   const SteadyClock& clock);
  /// Calls stop() without grace if the server is still running.
  ~ConnectionServer();

  ConnectionServer(const ConnectionServer&) = delete;
  ConnectionServer& operator=(const ConnectionServer&) = delete;

  /// Binds and listens; clients are served once start() has been called. Forms: `127.0.0.1:8080`,
  /// `[::1]:8080`, `unix:/run/x.sock`; port 0 lets the system choose. A Unix socket gets mode 0660; a stale
  /// file in its place is replaced, but a socket on which a server answers is not. Throws std::runtime_error
  /// with a readable sentence.
  void listen(std::string_view address);

  /// Takes over the listening sockets that systemd passed (LISTEN_PID, LISTEN_FDS) and removes those
  /// variables. Does nothing when there are none. Throws std::runtime_error when one of them is not a
  /// listening stream socket.
  void adoptSystemdSockets();

  /// Encrypts every TCP listener (Unix sockets stay unencrypted: their peer is a local proxy). PEM files; TLS
  /// 1.2 and later. Throws std::runtime_error with the file and the reason.
  void useTls(const std::string& certificateFile, const std::string& keyFile);

  /// Reads the same files again for new connections. When they are invalid, logs this and keeps the current
  /// certificate. Returns whether the new certificate is in use. Without useTls() does nothing and returns
  /// false.
  bool reloadTls();

  /// The addresses of the listeners in the order of the calls, with the actual ports.
  std::vector<std::string> addresses() const;

  /// Starts the threads and returns. Throws std::system_error when the system cannot start them,
  /// std::bad_alloc when memory runs out; the server is then stopped and cannot be started again.
  void start();

  /// Stops accepting, answers requests in progress (with `Connection: close` those whose handler has not begun),
  /// ends the streams after their queued events, and closes what is left after `grace`. Returns when every thread
  /// has ended; removes the files of the Unix sockets. A second call waits until the first has returned.
  void stop(std::chrono::milliseconds grace);

  /// Checks every deadline and heartbeat now, by the clock given to the constructor. The server does this
  /// itself twice a second; tests advance their clock and call it.
  void tick();

  /// Asks the threads that every answer depends on to respond: the accepting thread, a worker, the thread of
  /// the streams. Does not wait.
  void callThreads();
  /// Whether they have all responded since the last callThreads(), or since start() if there was none. They do
  /// within a second, unless they are blocked.
  bool threadsRespond() const;

  /// The number of open connections, streams included, and of open event streams.
  std::size_t openConnections() const;
  /// The number of connections that wait for a request and may be closed in favour of new ones. Takes time in proportion
  /// to maxConnections.
  std::size_t idleConnections() const;
  std::size_t openStreams() const;
  /// The number of requests that wait for a thread of the lane; 0 before start() and for Lane::inlined, where
  /// requests do not wait.
  std::size_t waitingRequests(Lane lane) const;
  /// Totals since the start: requests answered by the handler, refusals sent by this layer, streams dropped
  /// because they were not read.
  std::size_t requestsServed() const;
  std::size_t requestsRefused() const;
  std::size_t streamsDropped() const;

  /// The use of the limits on memory and connections, and their effect on clients.
  struct Pressure {
    std::size_t heldBytes = 0;  ///< now; see ConnectionLimits::memory
    std::size_t maxHeldBytes = 0;
    std::size_t closedForMemory = 0;  ///< since the start, as are the following; connections and streams
    std::size_t evicted = 0;          ///< idle connections closed at the cap in favour of new ones
    std::size_t refusedForShare = 0;  ///< connections of an address that had used up its share
  };
  Pressure pressure() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace glitch_protocol::web
