#include "engine/encoding.h"

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace glitch_protocol {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t notInAlphabet = 0xff;

constexpr std::array<std::uint8_t, 256> makeValues() {
  std::array<std::uint8_t, 256> values{};
  values.fill(notInAlphabet);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}

constexpr std::array<std::uint8_t, 256> values = makeValues();

}  // namespace

std::string base64urlEncode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int bitCount = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    bitCount += 8;
    while (bitCount >= 6) {
      bitCount -= 6;
      text.push_back(alphabet[(bits >> bitCount) & 0x3f]);
    }
  }
  if (bitCount > 0) text.push_back(alphabet[(bits << (6 - bitCount)) & 0x3f]);
  return text;
}

std::optional<std::string> base64urlDecode(std::string_view text) {
  // A last group of one character would carry six bits: no byte.
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int bitCount = 0;
  for (const char character : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(character)];
    if (value == notInAlphabet) return std::nullopt;
    bits = (bits << 6) | value;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes.push_back(static_cast<char>((bits >> bitCount) & 0xff));
  }
  const std::uint32_t unusedBits = bits & ((1U << bitCount) - 1);
  if (unusedBits != 0) return std::nullopt;
  return bytes;
}

bool equalBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace glitch_protocol
