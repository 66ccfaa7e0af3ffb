// Under what attempts are counted: short, of one size, and not to be chosen by those who are counted.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

#include "engine/random.h"
#include "engine/tokens/device_token.h"
#include "engine/tokens/hmac.h"

namespace glitch_protocol::web {

/// 16 bytes that stand for an account, an address, a session or a combination of them.
struct LimitKey {
  std::array<std::uint8_t, 16> bytes{};
  bool operator==(const LimitKey&) const = default;
};

/// Makes keys with a secret of this process, so that nobody outside can aim at somebody else's place in a
/// table. *Thread-safe.*
class LimitKeys {
 public:
  /// `random` is used here only. Throws as RandomSource::fill() does.
  explicit LimitKeys(RandomSource& random);

  /// By the address, or by its /64; a text that is no address ("unix") stands for itself.
  LimitKey ofAddress(std::string_view address) const;
  /// By the account's one spelling (engine/text/email.h). Everything that cannot be an account's is one key.
  LimitKey ofAccount(std::string_view email) const;
  LimitKey ofAccountAndAddress(std::string_view email, std::string_view address) const;
  LimitKey ofDevice(const DeviceId&) const;
  /// By any bytes.
  LimitKey of(std::string_view bytes) const;

 private:
  // constant after construction
  const HmacKey key_;
};

}  // namespace glitch_protocol::web
