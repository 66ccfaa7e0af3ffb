// What a world was asked, fit for showing: no password, token or cookie is kept.
#pragma once

#include <string>
#include <string_view>

#include "engine/types.h"
#include "web/http/answer.h"
#include "web/http/request.h"
#include "web/stub/waiting_log.h"

namespace glitch_protocol::web {

/// `json` is `{time, method, path, query, headers, body, status, code, requestId}`; body null unless it was a
/// JSON object, status null where no answer was sent.
struct SeenRequest {
  std::string path;
  std::string json;
};

using RequestLog = WaitingLog<SeenRequest>;

enum class Sending { sent, dropped };

/// `***` stands for the values of Authorization and Cookie fields, and of members and parameters whose name
/// speaks of a password, token or secret.
SeenRequest describeRequest(const Request&, const Answer&, std::string_view requestId, TimePoint time,
                            Sending);

}  // namespace glitch_protocol::web
