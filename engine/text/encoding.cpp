// base64url by table, and comparison that does not stop at the first difference.
#include "engine/text/encoding.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace glitch_protocol::inline v1 {

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
  // A last group of one character would have only six bits: less than a byte.
  const std::size_t lastGroup = text.size() % 4;
  if (lastGroup == 1) return std::nullopt;
  std::string bytes(text.size() * 3 / 4, '\0');
  std::size_t written = 0;
  std::uint32_t seen = 0;  // has a bit above the lowest six if a character is not in the alphabet
  const auto bitsAt = [&](std::size_t at) {
    const std::uint32_t value = values[static_cast<unsigned char>(text[at])];
    seen |= value;
    return value;
  };
  const auto put = [&](std::uint32_t byte) { bytes[written++] = static_cast<char>(byte & 0xff); };
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const std::uint32_t bits = bitsAt(at) << 18 | bitsAt(at + 1) << 12 | bitsAt(at + 2) << 6 | bitsAt(at + 3);
    put(bits >> 16);
    put(bits >> 8);
    put(bits);
  }
  std::uint32_t unusedBits = 0;
  if (lastGroup > 0) {
    const std::uint32_t third = lastGroup == 3 ? bitsAt(at + 2) : 0;
    const std::uint32_t bits = bitsAt(at) << 18 | bitsAt(at + 1) << 12 | third << 6;
    put(bits >> 16);
    if (lastGroup == 3) put(bits >> 8);
    unusedBits = bits & (lastGroup == 3 ? 0xffU : 0xffffU);
  }
  if (seen > 0x3f || unusedBits != 0) return std::nullopt;
  return bytes;
}

bool equalBytes(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::uint64_t difference = 0;
  const auto compare = [&](std::size_t size) {
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    std::memcpy(&left, a.data(), size);
    std::memcpy(&right, b.data(), size);
    difference |= left ^ right;
    asm volatile("" : "+r"(difference));  // the compiler must not stop at the first difference
    a.remove_prefix(size);
    b.remove_prefix(size);
  };
  while (a.size() >= sizeof difference) compare(sizeof difference);
  compare(a.size());
  return difference == 0;
}

}  // namespace glitch_protocol::inline v1
