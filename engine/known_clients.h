// Tells which clients an account has signed in from: browsers, by the device token of an earlier sign-in, and
// addresses, by the stored sessions. A known client still needs the password; its failed attempts are counted
// separately from those of strangers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// *Thread-safe.* Calls that read the database may throw StoreError.
class KnownClients {
 public:
  /// `engine` is borrowed and must outlive this object.
  explicit KnownClients(Engine& engine);

  /// Returns a token for the browser in which this user has just signed in. Throws as RandomSource::fill() does.
  std::string newDeviceToken(const UserId&);

  /// Returns the browser of a device token that was issued for the account with this e-mail less than a year ago and
  /// after the account's last password change; nothing for any other. The database is read only for a token with a
  /// valid MAC, and then for the token's user, so that the cost does not depend on whether the e-mail has an account.
  std::optional<DeviceId> knownDevice(std::string_view email, std::string_view deviceToken);

  /// Whether a stored session of the account, live or ended, came from the site (text/ip_address.h) of this address.
  /// Reads just as much for an e-mail without an account.
  bool knowsAddress(std::string_view email, std::string_view ipAddress);

 private:
  // constant after construction
  Core& core_;
};

}  // namespace v1
}  // namespace glitch_protocol
