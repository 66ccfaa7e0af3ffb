// Records the requests to a world in a form that is safe to show: passwords, tokens and cookies are masked.
#pragma once

#include <string>
#include <string_view>

#include "engine/types.h"
#include "web/http/answer.h"
#include "web/http/request.h"
#include "web/stub/waiting_log.h"

namespace glitch_protocol::web {

/// `json` is `{time, method, path, query, headers, body, status, code, requestId}`; body is null unless it is
/// a JSON object, status is null when no answer was sent.
struct SeenRequest {
  std::string path;
  std::string json;
};

using RequestLog = WaitingLog<SeenRequest>;

enum class Sending { sent, dropped };

/// Replaces by `***` the values of Authorization and Cookie fields, and of members and parameters whose names
/// contain password, token or secret.
SeenRequest describeRequest(const Request&, const Answer&, std::string_view requestId, TimePoint time,
                            Sending);

}  // namespace glitch_protocol::web
