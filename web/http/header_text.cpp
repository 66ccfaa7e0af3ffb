#include "web/http/header_text.h"

#include "engine/text/ascii.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::web {

std::string headerText(std::string_view text) {
  if (isAscii(text) && !hasControl(text)) return std::string(trim(text));
  const bool keepsOther = isUtf8(text);
  std::string kept;
  while (!text.empty()) {
    const auto point = firstCodePoint(text);
    const std::size_t length = point ? point->length : 1;
    const bool isControlled = !point || point->value < 0x20 || (point->value >= 0x7f && point->value < 0xa0);
    if (!isControlled && (keepsOther || length == 1)) kept += text.substr(0, length);
    text.remove_prefix(length);
  }
  return std::string(trim(kept));
}

}  // namespace glitch_protocol::web
