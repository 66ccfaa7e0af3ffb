// Mounts the routes into the httplib::Server of a host, beside the routes of that server.
//
// What a host lacks compared with web/connection/: its server uses a thread for every connection and every
// open event stream, so its task queue needs as many threads as there are browsers; deadlines and limits on
// header fields are those of httplib (including the defects of old versions); of framing only what httplib's
// parser has left can be checked, so it belongs behind a proxy that checks requests; header values are
// percent-decoded in versions before 0.44; unknown paths are answered by the host; and freed memory that held
// passwords and tokens is not overwritten unless the host links wiping_delete.cpp.
#pragma once

#include <httplib.h>

#ifndef CPPHTTPLIB_OPENSSL_SUPPORT
#error \
    "Define CPPHTTPLIB_OPENSSL_SUPPORT: libglitch_auth is built with it, and httplib::Request has another size without. pkg-config --cflags glitch-auth has it."
#endif

#include "api.h"

namespace glitch_protocol::web {

inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Mounts every configured route into `server`, which must not be listening yet. `api` must outlive the
/// server. The peer address is the one that httplib reports; lanes are not used.
///
/// The body of a request to these routes may have 16 KiB, measured after decompression; a larger one is
/// refused with 413 BODY_TOO_LARGE, and the connection closes unless the remainder is small enough to
/// discard. The host's own routes and its set_payload_max_length() are not affected; a smaller limit set
/// there applies here too. A request whose Content-Length, Transfer-Encoding or Host could be read in two ways
/// is refused with 400 and the connection closes.
///
/// Call EventStreams::finishAll() before `server.stop()`: a thread that serves a stream notices the stop only
/// when there is something to send, after 20 s (the heartbeat) at the latest.
void mountAuthRoutes(httplib::Server& server, Api& api);
/// Of no use outside this library.
void mountAuthRoutes(httplib::Server& server, ApiHandler& api);

}  // namespace v1

}  // namespace glitch_protocol::web
