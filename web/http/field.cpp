#include "web/http/field.h"

#include "engine/text/ascii.h"

namespace glitch_protocol::web {

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
