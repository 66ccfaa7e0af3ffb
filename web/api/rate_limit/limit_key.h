// Keys under which attempts are counted: of fixed size and not predictable by clients.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "engine/random.h"
#include "engine/tokens/device_token.h"
#include "engine/tokens/hmac.h"

namespace glitch_protocol::web {

/// 16 bytes that stand for an account, an address, a session or a combination of these.
struct LimitKey {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const LimitKey&) const = default;
};

/// Derives keys with a secret of this process, so that an attacker cannot target the table slot of someone
/// else. *Thread-safe.*
class LimitKeys {
 public:
  /// `random` is used only by the constructor. Throws as RandomSource::fill() does.
  explicit LimitKeys(RandomSource& random);

  /// The key of an IPv4 address or of an IPv6 /64; other text ("unix") has a key of its own.
  LimitKey ofAddress(std::string_view address) const;
  /// The key of an account by its normalized e-mail (engine/text/email.h). All invalid e-mails share one key.
  LimitKey ofAccount(std::string_view email) const;
  LimitKey ofAccountAndAddress(std::string_view email, std::string_view address) const;
  LimitKey ofDevice(const DeviceId&) const;
  /// The key of arbitrary bytes.
  LimitKey of(std::string_view bytes) const;

 private:
  // constant after construction
  const HmacKey key_;
};

}  // namespace glitch_protocol::web
