// Caches the payloads of verified access tokens, so that repeated requests skip the HMAC. A client sends the same token
// for about 15 minutes, and a proxy asks about it for every file of a page.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/sync/mutex.h"
#include "engine/tokens/jwt_payload.h"

namespace glitch_protocol::inline v1 {

/// The payloads of at most 1,024 tokens with a valid MAC and the accepted form, which cannot change. The times of
/// a token are not part of this and must be checked for every call. A further token may replace any other.
/// *Thread-safe.*
class VerifiedTokens {
 public:
  VerifiedTokens();

  /// Returns the payload of exactly this token, if it is stored.
  std::optional<JwtPayload> find(std::string_view token) const;

  /// Stores the payload of a token. Has no effect for a token of more than 512 bytes.
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

}  // namespace glitch_protocol::inline v1
