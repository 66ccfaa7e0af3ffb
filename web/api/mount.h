// The routes inside somebody's own httplib::Server, beside that server's other routes.
//
// What the host does without, compared with web/connection/: its server keeps a thread for every connection
// and every open event stream, so it needs as many threads in its task queue as there are browsers; framing,
// deadlines and limits are the library's own (hazards of old versions included), so it belongs behind a proxy
// that checks requests; header values arrive percent-decoded in versions before 0.44; paths that this server
// does not know are the host's; and so is the memory that is given back with passwords and tokens in it: a
// host links wiping_delete.cpp to have it overwritten.
#pragma once

#include <httplib.h>

#include "web/api/api.h"

namespace glitch_protocol::web {

/// Mounts every route of http-api.md into `server`, which must not be listening yet. `api` must outlive the
/// server. The peer's address is the one that the server saw; Api's lanes are not used.
///
/// A body of these routes may have 16 KiB, unpacked where it came packed; a larger one is 413 BODY_TOO_LARGE,
/// and the connection closes unless little was left to read. The host's own routes and its
/// set_payload_max_length() stay as they are; a smaller payload limit of the host's holds here too.
///
/// Before `server.stop()` call EventHub::finishAll(): a thread that serves a stream looks up only when there
/// is something to send, at the latest after 20 s (the heartbeat).
void mountAuthRoutes(httplib::Server& server, Api& api);

}  // namespace glitch_protocol::web
