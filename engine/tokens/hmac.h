// HMAC-SHA-256 (RFC 2104), and keys derived with it (HKDF, RFC 5869).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/secret.h"

namespace glitch_protocol::inline v1 {

/// The 32 bytes of an HMAC-SHA-256.
using Mac = std::array<std::uint8_t, 32>;

/// The bytes of a MAC, for comparing or encoding. Valid while `mac` exists.
std::string_view bytesOf(const Mac& mac);

/// A key for HMAC-SHA-256, prepared once. *Thread-safe.*
/// Any call may throw std::runtime_error when OpenSSL fails (out of memory); then nothing was signed or verified.
class HmacKey {
 public:
  /// Keys of any length; keys longer than 64 bytes are hashed first, as RFC 2104 requires. Keeps no reference.
  explicit HmacKey(const Secret& key);

  Mac sign(std::string_view message) const;
  /// Whether `mac` is 32 bytes long and the MAC of `message`; the comparison takes constant time.
  bool verify(std::string_view message, std::string_view mac) const;

 private:
  // constant after construction: the key combined with the two pads of RFC 2104
  Secret innerPad_;
  Secret outerPad_;
};

/// Derives a key of 32 bytes for the purpose `info` from a secret that is used for several purposes: HKDF-SHA-256
/// with an empty salt. Throws as HmacKey does.
Secret hkdfSha256(const Secret& inputKey, std::string_view info);

}  // namespace glitch_protocol::inline v1
