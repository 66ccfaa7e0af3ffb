#include "engine/tokens/verified_tokens.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/text/encoding.h"

namespace glitch_protocol {

namespace {

constexpr std::size_t slotCount = 1024;
constexpr std::size_t longestKept = 512;
constexpr std::size_t distinctive = 16;  // characters at the end, which belong to the MAC

}  // namespace

VerifiedTokens::VerifiedTokens() : slots_(std::make_unique<Slot[]>(slotCount)) {}

std::optional<JwtPayload> VerifiedTokens::find(std::string_view token) const {
  const Slot& slot = slotOf(token);
  const MutexLock lock(slot.mutex);
  // In constant time, for whoever guesses must not learn how much of a kept token is right.
  if (!slot.entry || !equalBytes(slot.entry->token, token)) return std::nullopt;
  return slot.entry->payload;
}

void VerifiedTokens::keep(std::string_view token, const JwtPayload& payload) {
  if (token.size() > longestKept) return;
  auto entry = std::make_unique<const Entry>(Entry{std::string(token), payload});
  Slot& slot = slotOf(token);
  const MutexLock lock(slot.mutex);
  slot.entry.swap(entry);
}

// Only tokens that we signed are kept, so nobody else chooses what replaces what.
VerifiedTokens::Slot& VerifiedTokens::slotOf(std::string_view token) const {
  const std::string_view end = token.substr(token.size() - std::min(token.size(), distinctive));
  return slots_[std::hash<std::string_view>{}(end) % slotCount];
}

}  // namespace glitch_protocol
