// Reads named values from a JSON body, a form or a query, and collects every error by field name so that the
// caller learns of all of them at once.
#pragma once

#include <picojson.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "engine/types.h"
#include "web/http/url_encoded.h"

namespace glitch_protocol::web {

/// The errors found in a request so far. *One thread at a time.*
class FieldErrors {
 public:
  void note(std::string field, std::string_view code, std::string_view message);
  /// Notes an error for each name that was sent more than once.
  void noteRepeated(const NamedValues& values);
  bool any() const { return !errors_.empty(); }
  /// Throws a ValidationError with every noted error, if there is one.
  void throwAny() const;

 private:
  std::vector<FieldError> errors_;
};

/// JSON values have types; in forms and queries every value is text.
enum class Typing { json, text };

/// The members of one object. A missing member reads as nothing; an invalid one is noted and also reads as
/// nothing. Codes: REQUIRED, WRONG_TYPE, NUL_CHARACTER, NOT_UTF8, OUT_OF_RANGE, NOT_A_TIME, NOT_ALLOWED,
/// UNKNOWN. All arguments are borrowed. *One thread at a time.*
class Fields {
 public:
  /// `where` is put in front of each field name in an error: "users[0].".
  Fields(const picojson::object& object, Typing typing, FieldErrors& errors, std::string where = "")
      : object_(object), typing_(typing), errors_(errors), where_(std::move(where)) {}

  std::optional<std::string> text(const std::string& name);
  /// As text(), but a missing member is an error.
  std::string requiredText(const std::string& name);
  /// As text(), but an empty member is an error.
  std::optional<std::string> nonEmptyText(const std::string& name);
  /// Typing::text accepts "true" and "false".
  std::optional<bool> boolean(const std::string& name);
  /// Errors for a number that is out of range or not whole: OUT_OF_RANGE in JSON, NOT_ALLOWED in text. Empty
  /// text is REQUIRED.
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t min, std::int64_t max);
  /// In the format of formatTime() (engine/text/iso_time.h); the milliseconds may be missing.
  std::optional<TimePoint> time(const std::string& name);
  /// Empty when the member is missing. Only for JSON.
  const picojson::array& array(const std::string& name);
  const picojson::object& object(const std::string& name);
  /// The member, whatever its type; null when it is missing. Notes no error.
  const picojson::value* find(const std::string& name);
  bool has(const std::string& name) { return find(name) != nullptr; }

  /// Notes an error for every member that no call has asked for.
  void refuseOthers();
  void reject(const std::string& name, std::string_view code, std::string_view message);
  /// Throws a ValidationError with every noted error, if there is one.
  void throwErrors() const { errors_.throwAny(); }

  std::string path(const std::string& name) const { return where_ + name; }
  /// For reading an object nested in this one.
  Fields inside(const picojson::object& object, const std::string& name) const {
    return {object, typing_, errors_, path(name) + "."};
  }

 private:
  template <class Type>
  const Type* typed(const std::string& name, std::string_view what);

  const picojson::object& object_;
  const Typing typing_;
  FieldErrors& errors_;
  const std::string where_;
  std::set<std::string> known_;
};

}  // namespace glitch_protocol::web
