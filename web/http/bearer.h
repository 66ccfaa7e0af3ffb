// The access token of a request (RFC 6750, section 2.1). Tokens in the query or the body are never looked at.
#pragma once

#include <string_view>

#include "web/http/cookies.h"
#include "web/http/field.h"

namespace glitch_protocol::web {

/// The zero value is "nothing".
struct BearerLookup {
  Found found = Found::none;
  std::string_view token;  ///< when there is one; a part of the field's value
};

/// Looks at the Authorization fields of one request. `several` when there are several fields, whatever their
/// schemes; `none` for another scheme, and for a scheme without a token. The scheme may be in
/// any case.
BearerLookup findBearer(const FieldList& fields);

}  // namespace glitch_protocol::web
