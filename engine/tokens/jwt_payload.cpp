// A strict JSON reader for one flat object. picojson is not strict enough: of repeated names it uses the last, it reads
// 1.0 and 1e3 as integers, does not check UTF-8, and its recursion is as deep as the input.
#include "engine/tokens/jwt_payload.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/text/utf8.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr int maxDepth = 16;
constexpr std::string_view digits = "0123456789";

bool isHighSurrogate(std::uint32_t unit) {
  return unit >= 0xd800 && unit <= 0xdbff;
}
bool isLowSurrogate(std::uint32_t unit) {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

// Reads from the front of `rest_`. Each function skips white space and then consumes what its name says, or
// returns false (or nothing); then the whole text is refused.
class PayloadReader {
 public:
  explicit PayloadReader(std::string_view json) : rest_(json) {}

  std::optional<JwtPayload> read() {
    const bool isObject = readObject([this](std::string name) {
      const bool ok = readClaim(name);
      names_.push_back(std::move(name));
      return ok;
    });
    skipWhiteSpace();
    if (!isObject || !rest_.empty() || hasRepeatedName()) return std::nullopt;
    return std::move(payload_);
  }

 private:
  bool readClaim(std::string_view name) {
    if (name == "sub") return readTo(payload_.sub, readString());
    if (name == "sessionId") return readTo(payload_.sessionId, readString());
    if (name == "iat") return readTo(payload_.iat, readTime());
    if (name == "exp") return readTo(payload_.exp, readTime());
    if (name == "nbf") return readTo(payload_.nbf, readTime());
    return skipValue(1);
  }

  template <class Value>
  static bool readTo(std::optional<Value>& claim, std::optional<Value> value) {
    claim = std::move(value);
    return claim.has_value();
  }

  bool hasRepeatedName() {
    std::sort(names_.begin(), names_.end());
    return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
  }

  // `readMember(name)` reads the value that follows each name.
  template <class ReadMember>
  bool readObject(ReadMember readMember) {
    if (!take('{')) return false;
    if (take('}')) return true;
    do {
      std::optional<std::string> name = readString();
      if (!name || !take(':') || !readMember(std::move(*name))) return false;
    } while (take(','));
    return take('}');
  }

  // `depth` is the nesting depth of the object or array that contains the value.
  bool skipValue(int depth) {
    skipWhiteSpace();
    if (rest_.empty()) return false;
    const bool mayNest = depth < maxDepth;
    switch (rest_.front()) {
      case '{':
        return mayNest && readObject([this, depth](const std::string&) { return skipValue(depth + 1); });
      case '[':
        return mayNest && skipArray(depth);
      case '"':
        return readString().has_value();
      case 't':
        return takeWord("true");
      case 'f':
        return takeWord("false");
      case 'n':
        return takeWord("null");
      default:
        return skipNumber();
    }
  }

  bool skipArray(int depth) {
    if (!take('[')) return false;
    if (take(']')) return true;
    do {
      if (!skipValue(depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  // RFC 8259, 6: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
  bool skipNumber() {
    takeAny("-");
    if (!takeInteger()) return false;
    if (takeAny(".") && takeDigits().empty()) return false;
    if (!takeAny("eE")) return true;
    takeAny("+-");
    return !takeDigits().empty();
  }

  // Does not consume a fraction or an exponent, so the caller refuses numbers that have one.
  std::optional<std::int64_t> readTime() {
    skipWhiteSpace();
    const std::optional<std::string_view> text = takeInteger();
    if (!text || text->size() > 12) return std::nullopt;
    std::int64_t seconds = 0;
    for (const char digit : *text) seconds = seconds * 10 + (digit - '0');
    if (seconds > maxNumericDate) return std::nullopt;
    return seconds;
  }

  std::optional<std::string> readString() {
    if (!take('"')) return std::nullopt;
    std::string text;
    for (;;) {
      const std::size_t plain = plainLength();
      text.append(rest_.substr(0, plain));
      rest_.remove_prefix(plain);
      if (rest_.empty()) return std::nullopt;
      const char c = takeCharacter();
      if (c == '"') return text;
      if (c != '\\' || !readEscape(text)) return std::nullopt;
    }
  }

  // How many of the next characters need no escape in a string (RFC 8259, 7).
  std::size_t plainLength() const {
    const auto end = std::find_if(rest_.begin(), rest_.end(), [](char c) {
      return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
    });
    return static_cast<std::size_t>(end - rest_.begin());
  }

  bool readEscape(std::string& text) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char letter = takeCharacter();
    if (letter == 'u') return readUnicodeEscape(text);
    const std::size_t index = letters.find(letter);
    if (index == std::string_view::npos) return false;
    text.push_back(meanings[index]);
    return true;
  }

  // RFC 8259, 7: a code point above U+FFFF is a pair of surrogates; a single surrogate is invalid.
  bool readUnicodeEscape(std::string& text) {
    const std::optional<std::uint32_t> unit = readHex();
    if (!unit || isLowSurrogate(*unit)) return false;
    if (!isHighSurrogate(*unit)) {
      appendUtf8(text, *unit);
      return true;
    }
    if (!takeWord("\\u")) return false;
    const std::optional<std::uint32_t> second = readHex();
    if (!second || !isLowSurrogate(*second)) return false;
    appendUtf8(text, 0x10000 + ((*unit - 0xd800) << 10) + (*second - 0xdc00));
    return true;
  }

  std::optional<std::uint32_t> readHex() {
    if (rest_.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = takeCharacter();
      const bool isLetter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      if (!isLetter && (c < '0' || c > '9')) return std::nullopt;
      value = value * 16 + static_cast<std::uint32_t>(isLetter ? (c | 0x20) - 'a' + 10 : c - '0');
    }
    return value;
  }

  void skipWhiteSpace() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size())); }

  // Except for take(), the functions below do not skip white space.
  char takeCharacter() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool take(char wanted) {
    skipWhiteSpace();
    return takeAny({&wanted, 1});
  }

  bool takeAny(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool takeWord(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::string_view takeDigits() {
    const std::string_view taken = rest_.substr(0, rest_.find_first_not_of(digits));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  // Digits without a leading zero, or a single 0.
  std::optional<std::string_view> takeInteger() {
    const std::string_view taken = takeDigits();
    if (taken.empty() || (taken.front() == '0' && taken.size() > 1)) return std::nullopt;
    return taken;
  }

  std::string_view rest_;
  JwtPayload payload_;
  std::vector<std::string> names_;
};

}  // namespace

std::optional<JwtPayload> parseJwtPayload(std::string_view json) {
  if (!isUtf8(json)) return std::nullopt;
  return PayloadReader(json).read();
}

std::string toJsonString(std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      json += "\\u00";
      json += hex[static_cast<unsigned char>(c) >> 4];
      json += hex[static_cast<unsigned char>(c) & 0xf];
      continue;
    }
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + '"';
}

}  // namespace glitch_protocol::inline v1
