// An answer in the making: status, header fields, body; and the envelope around every answer (http-api.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"

namespace glitch_protocol::web {

/// What a handler answers. Content-Type, Content-Length, the fields that every answer carries and Connection are
/// written by whoever sends it; a handler's own value of the common fields wins. *One thread at a time.*
class Answer {
 public:
  enum class Connection { keptOpen, closed };

  int status = 200;
  /// "" with an empty body: the answer has none.
  std::string body;
  std::string_view contentType = jsonType;  ///< a literal; ignored where there is no body
  Connection connection = Connection::keptOpen;

  static constexpr std::string_view jsonType = "application/json; charset=utf-8";

  /// Adds a header field beside those of the same name. Nothing is added when `value` holds control characters:
  /// they could end the field (CWE-113). `name` is a token.
  void add(std::string_view name, std::string_view value);
  /// As add(), in place of all fields of this name.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);

  /// The value of the first field of this name, whatever its case; "" when there is none. Valid until the next
  /// change.
  std::string_view value(std::string_view name) const;
  bool has(std::string_view name) const;
  std::vector<std::string_view> values(std::string_view name) const;

  /// All fields as lines, each with its CR LF.
  const std::string& lines() const { return lines_; }
  /// Whether any of the fields that every answer carries (common_fields.h) was ever set here.
  bool setsCommonFields() const { return setsCommonFields_; }

  /// As new, but for the memory that it holds.
  void clear();
  /// Overwrites what body and fields hold (wipe.h), then clears.
  void wipe();

 private:
  std::string lines_;
  bool setsCommonFields_ = false;
};

/// `json` as it is, without the envelope.
void answerJson(Answer&, int status, std::string json);

/// `{"success":true,"data":<data>}`; `data` is the text of a JSON object.
void succeed(Answer&, int status, std::string_view data);
/// 200 with an empty object.
void succeed(Answer&);

/// `{"success":false,"error":<message>,"code":<code>}`, and `fields` unless there are none.
struct Failure {
  int status = 500;
  std::string_view code;
  std::string_view message;
  const std::vector<FieldError>& fields;
};
void fail(Answer&, const Failure&);

}  // namespace glitch_protocol::web
