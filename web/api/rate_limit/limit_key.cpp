#include "web/api/rate_limit/limit_key.h"

#include <algorithm>
#include <string>

#include "engine/secret.h"
#include "engine/text/email.h"
#include "engine/text/ip_address.h"

namespace glitch_protocol::web {

namespace {

Secret randomKey(RandomSource& random) {
  std::array<std::uint8_t, 32> bytes{};
  random.fill(bytes);
  return Secret(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string accountOf(std::string_view email) {
  return normalizeEmail(email).value_or("");
}

}  // namespace

LimitKeys::LimitKeys(RandomSource& random) : key_(randomKey(random)) {}

LimitKey LimitKeys::of(std::string_view bytes) const {
  const Mac mac = key_.sign(bytes);
  LimitKey key;
  std::copy_n(mac.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

LimitKey LimitKeys::ofAddress(std::string_view address) const {
  return of(siteOf(address));
}

LimitKey LimitKeys::ofAccount(std::string_view email) const {
  return of(accountOf(email));
}

LimitKey LimitKeys::ofDevice(const DeviceId& device) const {
  return of({reinterpret_cast<const char*>(device.bytes.data()), device.bytes.size()});
}

// Neither part can contain a blank, so the combination is unambiguous.
LimitKey LimitKeys::ofAccountAndAddress(std::string_view email, std::string_view address) const {
  return of(accountOf(email) + ' ' + siteOf(address));
}

}  // namespace glitch_protocol::web
