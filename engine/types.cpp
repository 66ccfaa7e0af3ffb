// The rule for ids that may be stored.
#include "engine/types.h"

#include "engine/text/utf8.h"

namespace glitch_protocol {

bool isStorableId(std::string_view id) {
  return !id.empty() && id.size() <= maxIdBytes && isUtf8(id);
}

}  // namespace glitch_protocol
