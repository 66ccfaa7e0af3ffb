// The answer to a request: its status, header fields and body, and the envelope around the body
// (openapi.json).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"

namespace glitch_protocol::web {

/// What a handler fills in. The sender adds Content-Type, Content-Length, Connection and the fields that
/// every answer carries; where a handler has set one of those common fields itself, its value is kept. *One
/// thread at a time.*
class Answer {
 public:
  enum class Connection { keptOpen, closed };

  int status = 200;
  /// Empty: the answer has no body.
  std::string body;
  std::string_view contentType = jsonType;  ///< a string literal; ignored without a body
  Connection connection = Connection::keptOpen;

  static constexpr std::string_view jsonType = "application/json; charset=utf-8";

  /// Adds a header field and keeps others of the same name. A `value` with control characters is ignored,
  /// since it could end the field (CWE-113). `name` must be a token (RFC 9110).
  void add(std::string_view name, std::string_view value);
  /// As add(), but replaces all fields of this name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  /// The value of the first field of this name (names ignore case); "" when there is none. Valid until the
  /// next change.
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::string_view> values(std::string_view name) const;

  /// All fields as lines, each with its CR LF.
  const std::string& lines() const { return lines_; }
  /// Whether a common field (common_fields.h) has ever been set here.
  bool setsCommonFields() const { return setsCommonFields_; }

  /// Resets the answer but keeps its allocated memory.
  void clear();
  /// Overwrites the body and the fields (wipe.h), then resets.
  void wipe();

 private:
  std::string lines_;
  bool setsCommonFields_ = false;
};

/// Sends `json` without the envelope.
void answerJson(Answer&, int status, std::string json);

/// `{"success":true,"data":<data>}`; `data` is the text of a JSON object.
void succeed(Answer&, int status, std::string_view data);
/// 200 with an empty object.
void succeed(Answer&);

/// `{"success":false,"error":<message>,"code":<code>}`, with `fields` when there are any.
struct Failure {
  int status = 500;
  std::string_view code;
  std::string_view message;
  const std::vector<FieldError>& fields;
};
void fail(Answer&, const Failure&);

}  // namespace glitch_protocol::web
