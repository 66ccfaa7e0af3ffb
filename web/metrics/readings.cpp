#include "web/metrics/readings.h"

#include <utility>

namespace glitch_protocol::web {
namespace {

constexpr auto gauge = Exposition::Type::gauge;
constexpr auto counter = Exposition::Type::counter;

template <class Number>
double number(Number value) {
  return static_cast<double>(value);
}

void addOfEngine(Metrics& metrics, Engine& engine) {
  metrics.add({"auth_server_sessions_active", gauge, "Live sessions.", {}, [&engine] {
                 return number(engine.countActiveSessions());
               }});
  metrics.add({"auth_server_hashes_running", gauge, "Passwords being hashed.", {}, [&engine] {
                 return number(engine.hashingLoad().running);
               }});
  metrics.add({"auth_server_hashes_waiting", gauge, "Passwords waiting to be hashed.", {}, [&engine] {
                 return number(engine.hashingLoad().waiting);
               }});
  metrics.add({"auth_server_audit_events_summed_up_total",
               counter,
               "Failed sign-ins to unknown accounts that the account history only counts.",
               {},
               [&engine] { return number(engine.unrecordedEvents().counted); }});
  metrics.add({"auth_server_audit_events_lost_total",
               counter,
               "Events missing from the account history because too many were waiting for the database.",
               {},
               [&engine] { return number(engine.unrecordedEvents().lost); }});
}

void addOfPressure(Metrics& metrics, const ConnectionServer& server) {
  metrics.add({"auth_server_connection_memory_bytes",
               gauge,
               "Bytes received, unsent or queued for all connections and streams.",
               {},
               [&server] { return number(server.pressure().heldBytes); }});
  metrics.add({"auth_server_connection_memory_max_bytes",
               gauge,
               "Maximum of auth_server_connection_memory_bytes (connection_memory).",
               {},
               [&server] { return number(server.pressure().maxHeldBytes); }});
  constexpr std::string_view closed = "Connections and streams closed to make room for others.";
  metrics.add({"auth_server_connections_closed_total", counter, closed, {{"cause", "memory"}}, [&server] {
                 return number(server.pressure().closedForMemory);
               }});
  metrics.add({"auth_server_connections_closed_total", counter, closed, {{"cause", "idle"}}, [&server] {
                 return number(server.pressure().evicted);
               }});
  metrics.add({"auth_server_connections_refused_total",
               counter,
               "Connections refused because their address had used up its share.",
               {{"cause", "address_share"}},
               [&server] { return number(server.pressure().refusedForShare); }});
}

void addOfConnections(Metrics& metrics, const ConnectionServer& server) {
  metrics.add({"auth_server_connections_open", gauge, "Open connections, streams included.", {}, [&server] {
                 return number(server.openConnections());
               }});
  metrics.add({"auth_server_streams_open", gauge, "Open event streams.", {}, [&server] {
                 return number(server.openStreams());
               }});
  constexpr std::string_view waiting = "Requests waiting for a thread of their lane.";
  metrics.add({"auth_server_requests_waiting", gauge, waiting, {{"lane", "durable"}}, [&server] {
                 return number(server.waitingRequests(Lane::commit));
               }});
  metrics.add({"auth_server_requests_waiting", gauge, waiting, {{"lane", "slow"}}, [&server] {
                 return number(server.waitingRequests(Lane::hashing));
               }});
  metrics.add({"auth_server_malformed_requests_total",
               counter,
               "Requests refused before routing because they were malformed, too large or too many.",
               {},
               [&server] { return number(server.requestsRefused()); }});
  metrics.add({"auth_server_streams_dropped_total",
               counter,
               "Event streams dropped because they were not read.",
               {},
               [&server] { return number(server.streamsDropped()); }});
  addOfPressure(metrics, server);
}

}  // namespace

void addCacheReadings(Metrics& metrics, CacheReadings cache) {
  metrics.add(
      {"auth_server_cache_entries", gauge, "Entries in the cache.", {}, [read = std::move(cache.entries)] {
         return number(read());
       }});
  metrics.add({"auth_server_cache_bytes",
               gauge,
               "Bytes used by the entries of the cache.",
               {},
               [read = std::move(cache.bytes)] { return number(read()); }});
}

void addLogReadings(Metrics& metrics, const Log& log) {
  metrics.add({"auth_server_log_lines_dropped_total",
               counter,
               "Log lines dropped because the log was not read or could not be written.",
               {},
               [&log] { return number(log.linesDropped()); }});
  metrics.add({"auth_server_log_events_summed_up_total",
               counter,
               "Log events reported only in a line that sums up several.",
               {},
               [&log] { return number(log.eventsSummedUp()); }});
}

void addReadings(Metrics& metrics, Engine& engine, const ConnectionServer& server) {
  metrics.add({"auth_server_info", gauge, "The version; always 1.", {{"version", AUTH_SERVER_VERSION}}, [] {
                 return 1.0;
               }});
  addOfEngine(metrics, engine);
  addOfConnections(metrics, server);
}

}  // namespace glitch_protocol::web
