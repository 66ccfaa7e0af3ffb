// Pages of a user's session list, and the bounds that keep a page small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "types.h"

namespace glitch_protocol {

/// The most sessions that one page, one event and one cache entry hold.
inline constexpr std::size_t maxSessionsPerPage = 100;

/// The most bytes that are stored of a client's user agent and of its address; the rest is cut off.
inline constexpr std::size_t maxUserAgentBytes = 512;
inline constexpr std::size_t maxIpAddressBytes = 64;

/// Which page of the list, whose order is newest activity first, then newest creation, then by id.
struct SessionPageRequest {
  /// The page begins behind this session of the user, which may have ended; empty: at the newest.
  std::optional<SessionId> after;
  /// 1 to maxSessionsPerPage; other values count as the nearest of these.
  std::size_t limit = maxSessionsPerPage;
};

/// A part of a user's live sessions.
struct SessionPage {
  std::vector<SessionInfo> sessions;
  std::uint64_t total = 0;        ///< all of the user's live sessions
  std::optional<SessionId> next;  ///< SessionPageRequest::after of the next page; empty at the end
};

}  // namespace glitch_protocol
