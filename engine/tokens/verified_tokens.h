// What verifying an access token came to, kept for the next time: a client shows the same token with every
// request of its quarter of an hour, and a proxy asks about it for every file of a page.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/mutex.h"
#include "engine/tokens/jwt_payload.h"

namespace glitch_protocol {

/// Payloads of tokens that were found to be rightly signed and well formed. That cannot change, whereas whether
/// their time has come or is over must be asked anew each time. At most 1,024; a further one may replace any.
/// *Thread-safe.*
class VerifiedTokens {
 public:
  VerifiedTokens();

  /// What keep() was last given for exactly these bytes, unless it is gone.
  std::optional<JwtPayload> find(std::string_view token) const;

  /// Does nothing for a token of more than 512 bytes.
  void keep(std::string_view token, const JwtPayload& payload);

 private:
  struct Entry {
    std::string token;
    JwtPayload payload;
  };
  struct Slot {
    mutable Mutex mutex;
    std::unique_ptr<const Entry> entry GUARDED_BY(mutex);
  };
  Slot& slotOf(std::string_view token) const;

  // constant after construction
  const std::unique_ptr<Slot[]> slots_;
};

}  // namespace glitch_protocol
