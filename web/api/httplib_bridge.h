// Requests and answers of this project from and to those of cpp-httplib.
#pragma once

#include <httplib.h>

#include <string_view>
#include <vector>

#include "web/http/answer.h"
#include "web/http/field.h"
#include "web/http/request.h"

namespace glitch_protocol::web {

/// The fields of the request in httplib's order. That order may be wrong for several X-Forwarded-For fields,
/// where it decides which address is believed, so repeated ones are dropped.
std::vector<Field> fieldsOf(const httplib::Request& request);

/// `fields` are those of fieldsOf(). The views point into the arguments.
Request requestOf(const httplib::Request& request, const std::vector<Field>& fields, std::string_view body);

/// Adds the common fields that the answer does not set itself.
void setCommonFields(httplib::Response& response, std::string_view requestId);

/// Fills the response in completely.
void sendAnswer(const Answer& answer, std::string_view requestId, httplib::Response& response);

}  // namespace glitch_protocol::web
