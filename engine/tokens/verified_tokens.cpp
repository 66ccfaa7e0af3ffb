// A direct-mapped cache: the end of a token determines its slot.
#include "engine/tokens/verified_tokens.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "engine/text/encoding.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::size_t slotCount = 1024;
constexpr std::size_t maxTokenBytes = 512;
constexpr std::size_t hashedCharacters = 16;  // at the end of the token, where its MAC is

}  // namespace

VerifiedTokens::VerifiedTokens() : slots_(std::make_unique<Slot[]>(slotCount)) {}

std::optional<JwtPayload> VerifiedTokens::find(std::string_view token) const {
  const Slot& slot = slotOf(token);
  const MutexLock lock(slot.mutex);
  // In constant time, so that nobody can guess a stored token byte by byte.
  if (!slot.entry || !equalBytes(slot.entry->token, token)) return std::nullopt;
  return slot.entry->payload;
}

void VerifiedTokens::keep(std::string_view token, const JwtPayload& payload) {
  if (token.size() > maxTokenBytes) return;
  auto entry = std::make_unique<const Entry>(Entry{std::string(token), payload});
  Slot& slot = slotOf(token);
  const MutexLock lock(slot.mutex);
  slot.entry.swap(entry);
}

// Only tokens that this server signed are stored, so an attacker cannot choose which entry is replaced.
VerifiedTokens::Slot& VerifiedTokens::slotOf(std::string_view token) const {
  const std::string_view end = token.substr(token.size() - std::min(token.size(), hashedCharacters));
  return slots_[std::hash<std::string_view>{}(end) % slotCount];
}

}  // namespace glitch_protocol::inline v1
