// Which clients an account has met before: browsers, by a device token of an earlier sign-in, and addresses, by
// the sessions on file. Being known lets nobody in; it sets a client apart from strangers where attempts are
// counted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine.h"

namespace glitch_protocol {

/// *Thread-safe.* Calls that read the database may throw StoreError.
class KnownClients {
 public:
  /// `engine` is borrowed and must outlive this.
  explicit KnownClients(Engine& engine);

  /// A token for the browser in which this user has just signed in. Throws as RandomSource::fill() does.
  std::string newDeviceToken(const UserId&);

  /// The browser that a device token names, if it was made for the account with this e-mail, less than
  /// a year ago and after the account's last change of password; nothing otherwise. The database
  /// is read only for a token with a right MAC, and then for the token's user, so that it costs the same
  /// whether the e-mail is an account's or not.
  std::optional<DeviceId> knownDevice(std::string_view email, std::string_view deviceToken);

  /// Whether a session of the account that is still on file, ended or not, came from the site (text/ip_address.h)
  /// of this address. Reads as much for an e-mail that is no account's.
  bool knowsAddress(std::string_view email, std::string_view ipAddress);

 private:
  // constant after construction
  Core& core_;
};

}  // namespace glitch_protocol
