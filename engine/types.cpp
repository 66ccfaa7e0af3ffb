// The rule for ids that may be stored.
#include "engine/types.h"

#include "engine/text/utf8.h"

namespace glitch_protocol::inline v1 {

bool isStorableId(std::string_view id) {
  return !id.empty() && id.size() <= maxIdBytes && isUtf8(id);
}

}  // namespace glitch_protocol::inline v1
