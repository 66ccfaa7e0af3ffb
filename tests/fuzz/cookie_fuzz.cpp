// The Cookie field: any bytes hold none, one or several of a name; one that is added is always seen.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "web/http/bearer.h"
#include "web/http/cookies.h"

using namespace glitch_protocol::web;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const CookieLookup alone = findCookie({field}, "refreshToken");
  const CookieLookup beside = findCookie({field, "refreshToken=known"}, "refreshToken");
  if (alone.found == Found::none && (beside.found != Found::one || beside.value != "known")) std::abort();
  if (alone.found != Found::none && beside.found != Found::several) std::abort();
  if (alone.found == Found::one && field.find(alone.value) == std::string_view::npos) std::abort();
  if (findBearer({field}).token.size() > field.size()) std::abort();
  return 0;
}
