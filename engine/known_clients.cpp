// Checks device tokens, and looks addresses up in the stored sessions.
#include "engine/known_clients.h"

#include "engine/core/core.h"
#include "engine/text/email.h"
#include "engine/text/ip_address.h"

namespace glitch_protocol::inline v1 {

KnownClients::KnownClients(Engine& engine) : core_(engine.core()) {}

std::string KnownClients::newDeviceToken(const UserId& user) {
  DeviceTokenParts parts{.device = {}, .issuedAt = core_.clock.now(), .userId = user};
  core_.random.fill(parts.device.bytes);
  return core_.deviceTokens.encode(parts);
}

// A token that may have been issued before the last password change is ignored: one of the same millisecond, and one
// from the future, which appears after the clock has been set back.
std::optional<DeviceId> KnownClients::knownDevice(std::string_view email, std::string_view deviceToken) {
  const auto token = core_.deviceTokens.decode(deviceToken);
  const TimePoint now = core_.clock.now();
  if (!token || token->issuedAt > now + clockTolerance || now - token->issuedAt >= deviceTokenLifetime)
    return std::nullopt;
  std::optional<User> user;
  core_.database.read([&](Reader& reader) { user = reader.users().find(token->userId); });
  if (!user || user->email != normalizeEmail(email)) return std::nullopt;
  if (user->passwordChangedAt && token->issuedAt <= *user->passwordChangedAt) return std::nullopt;
  return token->device;
}

bool KnownClients::knowsAddress(std::string_view email, std::string_view ipAddress) {
  const auto normalized = normalizeEmail(email);
  bool known = false;
  core_.database.read([&](Reader& reader) {
    const auto user = reader.users().findByEmail(normalized.value_or(""));
    known = reader.sessions().hasFromSite(user ? user->id : UserId{}, siteOf(ipAddress));
  });
  return known && !ipAddress.empty();
}

}  // namespace glitch_protocol::inline v1
