#include "engine/sessions/known_clients.h"

#include "engine/text/email.h"
#include "engine/text/ip_address.h"
#include "engine/tokens/access_token.h"

namespace glitch_protocol {

KnownClients::KnownClients(Engine& engine)
    : engine_(engine), tokens_(engine.config().jwtSecret, engine.config().previousJwtSecrets) {}

std::string KnownClients::newDeviceToken(const UserId& user) {
  DeviceTokenParts parts{.device = {}, .issuedAt = engine_.clock().now(), .userId = user};
  engine_.random().fill(parts.device.bytes);
  return tokens_.encode(parts);
}

// What may be from before a change of the password counts as such: a token of the same millisecond, and one
// from ahead of a clock that has been set back.
std::optional<DeviceId> KnownClients::knownDevice(std::string_view email, std::string_view deviceToken) {
  const auto token = tokens_.decode(deviceToken);
  const TimePoint now = engine_.clock().now();
  if (!token || token->issuedAt > now + clockTolerance || now - token->issuedAt >= deviceTokenLifetime)
    return std::nullopt;
  std::optional<User> user;
  engine_.getDatabaseAdapter().read([&](Reader& reader) { user = reader.users().find(token->userId); });
  if (!user || user->email != normalizeEmail(email)) return std::nullopt;
  if (user->passwordChangedAt && token->issuedAt <= *user->passwordChangedAt) return std::nullopt;
  return token->device;
}

bool KnownClients::knowsAddress(std::string_view email, std::string_view ipAddress) {
  const auto normalized = normalizeEmail(email);
  bool known = false;
  engine_.getDatabaseAdapter().read([&](Reader& reader) {
    const auto user = reader.users().findByEmail(normalized.value_or(""));
    known = reader.sessions().hasFromSite(user ? user->id : UserId{}, siteOf(ipAddress));
  });
  return known && !ipAddress.empty();
}

}  // namespace glitch_protocol
