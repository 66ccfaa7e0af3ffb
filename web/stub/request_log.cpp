#include "web/stub/request_log.h"

#include <picojson.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "engine/text/ascii.h"
#include "web/http/json_reader.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

namespace {

constexpr const char* masked = "***";

bool isSecret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), toLower);
  return lower.find("password") != std::string::npos || lower.find("token") != std::string::npos ||
         lower.find("secret") != std::string::npos;
}

std::string maskedHeader(std::string_view name, std::string_view value) {
  if (equalIgnoringCase(name, "Cookie")) return masked;
  if (!equalIgnoringCase(name, "Authorization") && !equalIgnoringCase(name, "Proxy-Authorization"))
    return isSecret(name) ? masked : std::string(value);
  const auto blank = value.find(' ');
  return blank == std::string_view::npos ? masked : std::string(value.substr(0, blank + 1)) + masked;
}

std::string maskedQuery(std::string_view query) {
  std::string result;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = pair.find('=');
    if (!result.empty()) result += '&';
    if (equals != std::string_view::npos && isSecret(pair.substr(0, equals)))
      result.append(pair.substr(0, equals + 1)).append(masked);
    else
      result.append(pair);
  }
  return result;
}

void mask(picojson::value& value) {
  if (value.is<picojson::array>())
    for (picojson::value& item : value.get<picojson::array>()) mask(item);
  if (!value.is<picojson::object>()) return;
  for (auto& [name, member] : value.get<picojson::object>()) {
    if (isSecret(name))
      member = picojson::value(masked);
    else
      mask(member);
  }
}

/// The body as JSON with secrets masked; "null" when it is not a JSON object.
std::string maskedBody(std::string_view body) {
  try {
    picojson::value value(readJsonObject(body));
    mask(value);
    return value.serialize();
  } catch (const BadJson&) {
    return "null";
  }
}

std::string codeOf(const Answer& answer) {
  picojson::value value;
  if (answer.status < 400 || !picojson::parse(value, answer.body).empty()) return {};
  if (!value.is<picojson::object>() || !value.contains("code")) return {};
  return value.get("code").to_str();
}

void writeHeaders(JsonWriter& json, const FieldList& headers) {
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : headers) {
    std::string& field = fields[std::string(name)];
    field.append(field.empty() ? "" : ", ").append(maskedHeader(name, value));
  }
  json.beginObject();
  for (const auto& [name, value] : fields) json.key(name).string(value);
  json.endObject();
}

}  // namespace

SeenRequest describeRequest(const Request& request, const Answer& answer, std::string_view requestId,
                            TimePoint time, Sending sending) {
  JsonWriter json;
  json.beginObject();
  json.key("time").time(time);
  json.key("method").string(request.method);
  json.key("path").string(request.path());
  json.key("query").string(maskedQuery(request.query()));
  writeHeaders(json.key("headers"), request.fields);
  json.key("body").json(maskedBody(request.body));
  json.key("status");
  sending == Sending::sent ? json.number(answer.status) : json.null();
  const std::string code = codeOf(answer);
  json.key("code");
  code.empty() ? json.null() : json.string(code);
  json.key("requestId").string(requestId);
  json.endObject();
  return {std::string(request.path()), json.take()};
}

}  // namespace glitch_protocol::web
