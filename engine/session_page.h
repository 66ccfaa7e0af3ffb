// Pages of a user's session list, and the limits on their size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// The max number of sessions in a page, an event and a cache entry.
inline constexpr std::size_t maxSessionsPerPage = 100;

/// The max stored length of a client's user agent and of its address; the rest is cut off.
inline constexpr std::size_t maxUserAgentBytes = 512;
inline constexpr std::size_t maxIpAddressBytes = 64;

/// Which page of the list to return. The list is in the order newest activity first, then newest creation, then id.
struct SessionPageRequest {
  /// The page begins after this session of the user, which may have ended; empty: at the start of the list.
  std::optional<SessionId> after;
  /// 1 to maxSessionsPerPage; other values are clamped to this range.
  std::size_t limit = maxSessionsPerPage;
};

/// A part of a user's live sessions.
struct SessionPage {
  std::vector<SessionInfo> sessions;
  std::uint64_t total = 0;        ///< all of the user's live sessions
  std::optional<SessionId> next;  ///< SessionPageRequest::after of the next page; empty on the last page
};

}  // namespace v1
}  // namespace glitch_protocol
