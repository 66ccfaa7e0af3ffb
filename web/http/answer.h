// The envelope around every answer (http-api.md).
#pragma once

#include <httplib.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"

namespace glitch_protocol::web {

/// Sets a header field, in place of any of that name. `value` must be free of control characters.
void setHeader(httplib::Response&, const std::string& name, const std::string& value);

/// Adds a header field, unless `value` holds control characters; quickest in the alphabetical order of the
/// names. (httplib's own way, with its search for the place, would cost `/verify` as much as knowing who asks.)
void addHeader(httplib::Response&, std::string name, std::string value);

/// `json` as it is, without the envelope.
void answerJson(httplib::Response&, int status, std::string json);

/// `{"success":true,"data":<data>}`; `data` is the text of a JSON object.
void succeed(httplib::Response&, int status, std::string_view data);
/// 200 with an empty object.
void succeed(httplib::Response&);

/// `{"success":false,"error":<message>,"code":<code>}`, and `fields` unless there are none.
struct Failure {
  int status = 500;
  std::string_view code;
  std::string_view message;
  const std::vector<FieldError>& fields;
};
void fail(httplib::Response&, const Failure&);

}  // namespace glitch_protocol::web
