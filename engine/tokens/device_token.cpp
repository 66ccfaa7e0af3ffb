// The binary layout of device tokens.
#include "engine/tokens/device_token.h"

#include <algorithm>

#include "engine/text/encoding.h"

namespace glitch_protocol::inline v1 {

namespace {

// The layout: version, device, time, user id (the only part of variable length), and the MAC of these four.
constexpr char version = 0x01;
constexpr std::size_t deviceStart = 1;
constexpr std::size_t timeStart = deviceStart + DeviceId{}.bytes.size();
constexpr std::size_t userStart = timeStart + 8;
constexpr std::size_t macBytes = Mac{}.size();
constexpr std::size_t maxUserIdBytes = 256;
constexpr std::size_t minTokenBytes = userStart + 1 + macBytes;
constexpr std::size_t maxTokenBytes = userStart + maxUserIdBytes + macBytes;

constexpr std::string_view keyPurpose = "device cookie v1";

std::string signedPart(const DeviceTokenParts& parts) {
  std::string bytes(1, version);
  bytes.append(parts.device.bytes.begin(), parts.device.bytes.end());
  const auto time = static_cast<std::uint64_t>(parts.issuedAt.time_since_epoch().count());
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(time >> shift));
  return bytes.append(parts.userId.str());
}

DeviceTokenParts partsOf(std::string_view bytes) {
  DeviceTokenParts parts;
  const std::string_view device = bytes.substr(deviceStart, parts.device.bytes.size());
  std::transform(device.begin(), device.end(), parts.device.bytes.begin(),
                 [](char byte) { return static_cast<std::uint8_t>(byte); });
  std::uint64_t time = 0;
  for (const char byte : bytes.substr(timeStart, userStart - timeStart))
    time = (time << 8) | static_cast<unsigned char>(byte);
  parts.issuedAt = TimePoint{std::chrono::milliseconds{static_cast<std::int64_t>(time)}};
  parts.userId = UserId{std::string{bytes.substr(userStart)}};
  return parts;
}

}  // namespace

DeviceTokens::DeviceTokens(const Secret& current, const std::vector<Secret>& previous) {
  keys_.emplace_back(hkdfSha256(current, keyPurpose));
  for (const Secret& secret : previous) keys_.emplace_back(hkdfSha256(secret, keyPurpose));
}

std::string DeviceTokens::encode(const DeviceTokenParts& parts) const {
  std::string bytes = signedPart(parts);
  bytes += bytesOf(keys_.front().sign(bytes));
  return base64urlEncode(bytes);
}

std::optional<DeviceTokenParts> DeviceTokens::decode(std::string_view raw) const {
  if (raw.size() > (maxTokenBytes * 4 + 2) / 3) return std::nullopt;
  const std::optional<std::string> bytes = base64urlDecode(raw);
  if (!bytes || bytes->size() < minTokenBytes || bytes->size() > maxTokenBytes || bytes->front() != version)
    return std::nullopt;

  const std::string_view message = std::string_view(*bytes).substr(0, bytes->size() - macBytes);
  const std::string_view mac = std::string_view(*bytes).substr(bytes->size() - macBytes);
  const bool genuine =
      std::any_of(keys_.begin(), keys_.end(), [&](const HmacKey& key) { return key.verify(message, mac); });
  if (!genuine) return std::nullopt;
  return partsOf(message);
}

}  // namespace glitch_protocol::inline v1
