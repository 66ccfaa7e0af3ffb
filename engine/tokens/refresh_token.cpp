// The binary layout of refresh tokens.
#include "engine/tokens/refresh_token.h"

#include <algorithm>

#include "engine/text/encoding.h"

namespace glitch_protocol::inline v1 {

namespace {

// The layout: version, lineage id, counter, and the MAC of these three.
constexpr char version = 0x01;
constexpr std::size_t idStart = 1;
constexpr std::size_t counterStart = idStart + LineageId{}.bytes.size();
constexpr std::size_t macStart = counterStart + 8;
constexpr std::size_t tokenBytes = macStart + Mac{}.size();
constexpr std::size_t tokenCharacters = tokenBytes / 3 * 4;
static_assert(tokenBytes == 57 && tokenBytes % 3 == 0, "57 bytes are 76 characters without unused bits");

constexpr std::string_view keyPurpose = "refresh-token v1";

std::string signedPart(const RefreshTokenParts& parts) {
  std::string bytes(1, version);
  bytes.append(parts.lineageId.bytes.begin(), parts.lineageId.bytes.end());
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(parts.counter >> shift));
  return bytes;
}

RefreshTokenParts partsOf(std::string_view bytes) {
  RefreshTokenParts parts;
  const std::string_view id = bytes.substr(idStart, parts.lineageId.bytes.size());
  std::transform(id.begin(), id.end(), parts.lineageId.bytes.begin(),
                 [](char byte) { return static_cast<std::uint8_t>(byte); });
  for (const char byte : bytes.substr(counterStart, macStart - counterStart)) {
    parts.counter = (parts.counter << 8) | static_cast<unsigned char>(byte);
  }
  return parts;
}

}  // namespace

RefreshTokens::RefreshTokens(const Secret& current, const std::vector<Secret>& previous) {
  keys_.emplace_back(hkdfSha256(current, keyPurpose));
  for (const Secret& secret : previous) keys_.emplace_back(hkdfSha256(secret, keyPurpose));
}

std::string RefreshTokens::encode(const RefreshTokenParts& parts) const {
  std::string bytes = signedPart(parts);
  bytes += bytesOf(keys_.front().sign(bytes));
  return base64urlEncode(bytes);
}

std::optional<RefreshTokenParts> RefreshTokens::decode(std::string_view raw) const {
  if (raw.size() != tokenCharacters) return std::nullopt;
  const std::optional<std::string> bytes = base64urlDecode(raw);
  if (!bytes || bytes->front() != version) return std::nullopt;

  const std::string_view message = std::string_view(*bytes).substr(0, macStart);
  const std::string_view mac = std::string_view(*bytes).substr(macStart);
  const bool genuine =
      std::any_of(keys_.begin(), keys_.end(), [&](const HmacKey& key) { return key.verify(message, mac); });
  if (!genuine) return std::nullopt;
  return partsOf(*bytes);
}

}  // namespace glitch_protocol::inline v1
