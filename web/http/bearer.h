// The access token of a request (RFC 6750, section 2.1). Tokens in the query or the body are never looked at.
#pragma once

#include <string_view>
#include <vector>

#include "web/http/cookies.h"

namespace glitch_protocol::web {

/// The zero value is "nothing".
struct BearerLookup {
  Found found = Found::none;
  std::string_view token;  ///< when there is one; a part of the field's value
};

/// Looks at the values of all Authorization fields of one request. `several` when there are several fields,
/// whatever their schemes; `none` for another scheme, and for a scheme without a token. The scheme may be in
/// any case.
BearerLookup findBearer(const std::vector<std::string_view>& authorizationFields);

}  // namespace glitch_protocol::web
