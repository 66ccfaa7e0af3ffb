// Decodes UTF-8 by the table of well-formed sequences in RFC 3629.
#include "engine/text/utf8.h"

#include <algorithm>
#include <array>

#include "engine/text/ascii.h"

namespace glitch_protocol::inline v1 {

namespace {

bool isContinuation(unsigned char byte) {
  return (byte & 0xc0) == 0x80;
}

// What the first byte of a sequence determines: its length, and the range of the second byte (RFC 3629, section 4).
struct Lead {
  std::size_t length = 0;  // 0: no sequence starts with this byte
  unsigned char minSecond = 0x80;
  unsigned char maxSecond = 0xbf;
};

Lead leadOf(unsigned char byte) {
  if (byte < 0x80) return {.length = 1};
  if (byte < 0xc2) return {};
  if (byte < 0xe0) return {.length = 2};
  if (byte == 0xe0) return {.length = 3, .minSecond = 0xa0};
  if (byte == 0xed) return {.length = 3, .maxSecond = 0x9f};
  if (byte < 0xf0) return {.length = 3};
  if (byte == 0xf0) return {.length = 4, .minSecond = 0x90};
  if (byte < 0xf4) return {.length = 4};
  if (byte == 0xf4) return {.length = 4, .maxSecond = 0x8f};
  return {};
}

// The length of the sequence at the start of `text`, which is not empty; 0 if it is ill-formed.
std::size_t sequenceLength(std::string_view text) {
  const Lead lead = leadOf(static_cast<unsigned char>(text[0]));
  if (lead.length <= 1) return lead.length;
  if (text.size() < lead.length) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if (second < lead.minSecond || second > lead.maxSecond) return 0;
  for (std::size_t i = 2; i < lead.length; ++i) {
    if (!isContinuation(static_cast<unsigned char>(text[i]))) return 0;
  }
  return lead.length;
}

}  // namespace

bool isUtf8(std::string_view text) {
  if (isAscii(text)) return true;
  while (!text.empty()) {
    const std::size_t length = sequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<CodePoint> firstCodePoint(std::string_view text) {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[i])}; };
  const std::size_t length = sequenceLength(text);
  if (length == 0) return std::nullopt;
  if (length == 1) return CodePoint{byte(0), 1};
  std::uint32_t value = byte(0) & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) value = value << 6 | (byte(i) & 0x3fU);
  return CodePoint{value, length};
}

bool isUnsafe(std::uint32_t codePoint) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  constexpr std::array ranges = std::to_array<Range>({{0, 0x1f},
                                                      {0x7f, 0x9f},
                                                      {0xad, 0xad},
                                                      {0x600, 0x605},
                                                      {0x61c, 0x61c},
                                                      {0x180e, 0x180e},
                                                      {0x200b, 0x200f},
                                                      {0x2028, 0x202e},
                                                      {0x2060, 0x206f},
                                                      {0xfeff, 0xfeff},
                                                      {0xfff9, 0xfffb},
                                                      {0xe0000, 0xe007f}});
  return std::ranges::any_of(
      ranges, [&](const Range& range) { return codePoint >= range.first && codePoint <= range.last; });
}

std::size_t countCodePoints(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) {
    if (!isContinuation(static_cast<unsigned char>(byte))) ++count;
  }
  return count;
}

void appendUtf8(std::string& text, std::uint32_t codePoint) {
  const auto append = [&text](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto continuation = [codePoint](int shift) { return 0x80 | ((codePoint >> shift) & 0x3f); };
  if (codePoint < 0x80) {
    append(codePoint);
  } else if (codePoint < 0x800) {
    append(0xc0 | (codePoint >> 6));
    append(continuation(0));
  } else if (codePoint < 0x10000) {
    append(0xe0 | (codePoint >> 12));
    append(continuation(6));
    append(continuation(0));
  } else {
    append(0xf0 | (codePoint >> 18));
    append(continuation(12));
    append(continuation(6));
    append(continuation(0));
  }
}

}  // namespace glitch_protocol::inline v1
