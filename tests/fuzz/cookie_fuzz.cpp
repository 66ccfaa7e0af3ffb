// Fuzzes the Cookie field: any bytes contain none, one or several cookies of a name, and an added one is
// always found.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "web/http/bearer.h"
#include "web/http/cookies.h"

using namespace glitch_protocol::web;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view field(reinterpret_cast<const char*>(data), size);
  const std::array<Field, 2> fields{Field{"Cookie", field}, Field{"cookie", "refreshToken=known"}};
  const CookieLookup alone = findCookie(FieldList(std::span(fields).first(1)), "refreshToken");
  const CookieLookup beside = findCookie(FieldList(fields), "refreshToken");
  if (alone.found == Found::none && (beside.found != Found::one || beside.value != "known")) std::abort();
  if (alone.found != Found::none && beside.found != Found::several) std::abort();
  if (alone.found == Found::one && field.find(alone.value) == std::string_view::npos) std::abort();
  const std::array authorization{Field{"Authorization", field}};
  if (findBearer(FieldList(authorization)).token.size() > field.size()) std::abort();
  return 0;
}
