#include "web/http/bearer.h"

#include <algorithm>

#include "engine/text/ascii.h"

namespace glitch_protocol::web {

namespace {

constexpr std::string_view scheme = "bearer";

bool beginsWithScheme(std::string_view value) {
  return value.size() > scheme.size() && value[scheme.size()] == ' ' &&
         equalIgnoringCase(value.substr(0, scheme.size()), scheme);
}

}  // namespace

BearerLookup findBearer(const FieldList& fields) {
  const FieldList::Lookup authorization = fields.find("Authorization");
  if (authorization.count > 1) return {Found::several, {}};
  if (!beginsWithScheme(authorization.value)) return {};
  std::string_view token = authorization.value.substr(scheme.size());
  token.remove_prefix(std::min(token.find_first_not_of(' '), token.size()));
  if (token.empty()) return {};
  return {Found::one, token};
}

}  // namespace glitch_protocol::web
