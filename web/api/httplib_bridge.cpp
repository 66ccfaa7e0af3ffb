#include "web/api/httplib_bridge.h"

#include <string>
#include <utility>

#include "engine/text/ascii.h"
#include "web/http/common_fields.h"

namespace glitch_protocol::web {

namespace {

void copyFields(std::string_view lines, httplib::Response& response) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(line.size() + 2);
    const std::size_t colon = line.find(": ");
    response.headers.emplace(line.substr(0, colon), line.substr(colon + 2));
  }
}

}  // namespace

std::vector<Field> fieldsOf(const httplib::Request& request) {
  const bool keepsForwarded = request.get_header_value_count("X-Forwarded-For") == 1;
  std::vector<Field> fields;
  fields.reserve(request.headers.size());
  for (const auto& [name, value] : request.headers) {
    if (keepsForwarded || !equalIgnoringCase(name, "X-Forwarded-For")) fields.push_back({name, value});
  }
  return fields;
}

Request requestOf(const httplib::Request& request, const std::vector<Field>& fields, std::string_view body) {
  const FieldList list(fields);
  const FieldList::Lookup host = list.find("Host");
  const std::string& target = request.target.empty() ? request.path : request.target;
  return {request.method, target, host.count == 1 ? host.value : std::string_view{}, list, body};
}

void setCommonFields(httplib::Response& response, std::string_view requestId) {
  for (const auto& [name, value] : commonFields) {
    if (!response.has_header(std::string(name))) response.headers.emplace(name, value);
  }
  if (!response.has_header(std::string(requestIdField))) response.headers.emplace(requestIdField, requestId);
}

void sendAnswer(const Answer& answer, std::string_view requestId, httplib::Response& response) {
  response.status = answer.status;
  copyFields(answer.lines(), response);
  setCommonFields(response, requestId);
  if (answer.connection == Answer::Connection::closed) response.set_header("Connection", "close");
  if (!answer.body.empty()) response.set_content(answer.body, std::string(answer.contentType));
}

}  // namespace glitch_protocol::web
