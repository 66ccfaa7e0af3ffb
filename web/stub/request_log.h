// What a world was asked, fit for showing: no password, token or cookie is kept.
#pragma once

#include <httplib.h>

#include <string>

#include "engine/types.h"
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
SeenRequest describeRequest(const httplib::Request&, const httplib::Response&, const std::string& requestId,
                            TimePoint time, Sending);

}  // namespace glitch_protocol::web
