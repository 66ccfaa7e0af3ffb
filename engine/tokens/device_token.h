// Device tokens as text: what a browser keeps of an earlier sign-in, so that strangers who guess at its account
// do not lock it out (OWASP, "Device cookies"). A token lets nobody in.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"
#include "engine/tokens/hmac.h"
#include "engine/types.h"

namespace glitch_protocol {

/// What a device token says: which browser, who signed in there, and when.
struct DeviceTokenParts {
  DeviceId device;
  TimePoint issuedAt{};
  UserId userId;

  bool operator==(const DeviceTokenParts&) const = default;
};

/// How long a device token is of use.
inline constexpr std::chrono::days deviceTokenLifetime{365};

/// Writes and reads device tokens: base64url(0x01 || device || milliseconds since 1970, big endian || user id
/// || HMAC-SHA-256 of all before). *Immutable.* *Thread-safe.*
class DeviceTokens {
 public:
  /// The MAC's key is HKDF-SHA-256(secret, info "device cookie v1"). New tokens use `current`; those of
  /// `previous` are still read.
  explicit DeviceTokens(const Secret& current, const std::vector<Secret>& previous = {});

  /// A token for a user id of more than 256 bytes, or an empty one, is not read again.
  std::string encode(const DeviceTokenParts& parts) const;

  /// The parts of a token that encode() made under one of the secrets; nothing for anything else. The time is
  /// for the caller to judge.
  std::optional<DeviceTokenParts> decode(std::string_view raw) const;

 private:
  // constant after construction
  std::vector<HmacKey> keys_;  ///< the current one first
};

}  // namespace glitch_protocol
