#include "web/http/field.h"

#include "engine/text/ascii.h"

namespace glitch_protocol::web {

void appendFieldLine(std::string& lines, std::string_view name, std::string_view value) {
  constexpr std::string_view colon = ": ";
  constexpr std::string_view lineEnd = "\r\n";
  const std::size_t begin = lines.size();
  lines.resize(begin + name.size() + colon.size() + value.size() + lineEnd.size());
  char* end = lines.data() + begin;
  for (const std::string_view part : {name, colon, value, lineEnd}) end += part.copy(end, part.size());
}

FieldList::Lookup FieldList::find(std::string_view name) const {
  Lookup found;
  for (const Field& field : fields_) {
    if (!equalIgnoringCase(field.name, name)) continue;
    if (found.count++ == 0) found.value = field.value;
  }
  return found;
}

std::vector<std::string_view> FieldList::values(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const Field& field : fields_) {
    if (equalIgnoringCase(field.name, name)) values.push_back(field.value);
  }
  return values;
}

}  // namespace glitch_protocol::web
