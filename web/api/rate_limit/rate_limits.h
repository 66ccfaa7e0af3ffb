// The configured rate limits (http-api.md, "Rate limits").
#pragma once

#include <chrono>
#include <optional>

namespace glitch_protocol::web {

/// At most `count` attempts in any `window`; both are at least 1.
struct RateLimit {
  unsigned count = 0;
  std::chrono::seconds window{0};
  bool operator==(const RateLimit&) const = default;
};

/// All limits; an empty one is off. "Address" means one IPv4 address or one IPv6 /64.
struct RateLimits {
  /// Wrong passwords for one account from one address. At the limit each further attempt has to wait: 30
  /// seconds, doubled with each further failure, up to 15 minutes.
  std::optional<RateLimit> failures = RateLimit{10, std::chrono::minutes{5}};
  /// Logins from one address, right or wrong.
  std::optional<RateLimit> logins = RateLimit{60, std::chrono::minutes{1}};
  /// Wrong passwords for one account from all addresses and devices that it does not know.
  std::optional<RateLimit> account = RateLimit{100, std::chrono::hours{1}};
  /// Password changes of one account, attempted or completed.
  std::optional<RateLimit> passwordChanges = RateLimit{20, std::chrono::hours{1}};
  /// Registrations from one address.
  std::optional<RateLimit> registrations = RateLimit{20, std::chrono::hours{1}};
  /// Refreshes of one session.
  std::optional<RateLimit> refreshes = RateLimit{60, std::chrono::minutes{1}};

  static RateLimits off() { return {{}, {}, {}, {}, {}, {}}; }
  bool operator==(const RateLimits&) const = default;
};

}  // namespace glitch_protocol::web
