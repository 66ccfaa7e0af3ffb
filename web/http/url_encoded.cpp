#include "web/http/url_encoded.h"

#include <algorithm>

#include "engine/text/ascii.h"

namespace glitch_protocol::web {

namespace {

std::string decoded(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percentDecoded(spaced);
}

}  // namespace

NamedValues readUrlEncoded(std::string_view text) {
  NamedValues found;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string name = decoded(pair.substr(0, equals));
    if (name.empty()) continue;
    std::string value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    const bool isNew = found.values.try_emplace(name, std::move(value)).second;
    if (!isNew) found.repeated.insert(std::move(name));
  }
  return found;
}

std::string percentDecoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hexValue(text[i + 1]) >= 0 && hexValue(text[i + 2]) >= 0;
    result += escape ? static_cast<char>(hexValue(text[i + 1]) * 16 + hexValue(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return result;
}

}  // namespace glitch_protocol::web
