// Device tokens: a browser keeps one from an earlier sign-in, so that strangers who guess the account's password do not
// lock it out (OWASP, "Device cookies"). A device token does not authenticate anybody.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"
#include "engine/tokens/hmac.h"
#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// The content of a device token: which browser, who signed in there, and when.
struct DeviceTokenParts {
  DeviceId device;
  TimePoint issuedAt{};
  UserId userId;

  bool operator==(const DeviceTokenParts&) const = default;
};

/// How long a device token is accepted.
inline constexpr std::chrono::days deviceTokenLifetime{365};

/// Encodes and decodes device tokens: base64url(0x01 || device || milliseconds since 1970, big endian || user id ||
/// HMAC-SHA-256 of all preceding bytes). *Immutable.* *Thread-safe.*
class DeviceTokens {
 public:
  /// The key of the MAC is HKDF-SHA-256(secret, info "device cookie v1"). New tokens use `current`; tokens of
  /// `previous` are accepted too.
  explicit DeviceTokens(const Secret& current, const std::vector<Secret>& previous = {});

  /// decode() refuses the token of a user id that is empty or longer than 256 bytes.
  std::string encode(const DeviceTokenParts& parts) const;

  /// Returns the parts of a token that encode() made with one of the secrets; nothing for any other text. The caller
  /// checks the time.
  std::optional<DeviceTokenParts> decode(std::string_view raw) const;

 private:
  // constant after construction
  std::vector<HmacKey> keys_;  ///< the current key first
};

}  // namespace glitch_protocol::inline v1
