#include "web/http/header_text.h"

#include "engine/text/ascii.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::web {

namespace {

/// U+0080 to U+009F: C2 80 to C2 9F.
bool beginsWithC1(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
}

}  // namespace

std::string headerText(std::string_view text) {
  const bool keepsOther = isUtf8(text);
  std::string kept;
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const bool c1 = beginsWithC1(text);
    const bool printable = c >= 0x80 ? keepsOther && !c1 : c >= 0x20 && c != 0x7F;
    if (printable) kept += text.front();
    text.remove_prefix(c1 && keepsOther ? 2 : 1);
  }
  return std::string(trim(kept));
}

}  // namespace glitch_protocol::web
