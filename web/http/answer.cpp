#include "web/http/answer.h"

#include <algorithm>
#include <utility>

#include "web/http/json_writer.h"

namespace glitch_protocol::web {

void setHeader(httplib::Response& response, const std::string& name, const std::string& value) {
  response.headers.erase(name);
  response.set_header(name, value);
}

void addHeader(httplib::Response& response, std::string name, std::string value) {
  const auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(value, isControl)) return;
  response.headers.emplace(std::move(name), std::move(value));
}

void answerJson(httplib::Response& response, int status, std::string json) {
  response.status = status;
  response.body = std::move(json);
  setHeader(response, "Content-Type", "application/json; charset=utf-8");
}

void succeed(httplib::Response& response, int status, std::string_view data) {
  std::string json;
  json.reserve(data.size() + 32);
  json.append(R"({"success":true,"data":)").append(data).append("}");
  answerJson(response, status, std::move(json));
}

void succeed(httplib::Response& response) {
  succeed(response, 200, "{}");
}

void fail(httplib::Response& response, const Failure& failure) {
  JsonWriter json;
  json.beginObject();
  json.key("success").boolean(false);
  json.key("error").string(failure.message);
  json.key("code").string(failure.code);
  if (!failure.fields.empty()) {
    json.key("fields").beginArray();
    for (const FieldError& field : failure.fields) {
      json.beginObject();
      json.key("field").string(field.field);
      json.key("code").string(field.code);
      json.key("message").string(field.message);
      json.endObject();
    }
    json.endArray();
  }
  json.endObject();
  answerJson(response, failure.status, json.take());
}

}  // namespace glitch_protocol::web
