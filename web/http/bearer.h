// Finds the access token of a request (RFC 6750, section 2.1). Tokens in the query or the body are ignored.
#pragma once

#include <string_view>

#include "web/http/cookies.h"
#include "web/http/field.h"

namespace glitch_protocol::web {

/// The default is "none".
struct BearerLookup {
  Found found = Found::none;
  std::string_view token;  ///< for Found::one; a view into the field's value
};

/// Reads the Authorization fields of one request. `several` when there is more than one field, whatever the
/// schemes; `none` for another scheme or a scheme without a token. The scheme ignores case.
BearerLookup findBearer(const FieldList& fields);

}  // namespace glitch_protocol::web
