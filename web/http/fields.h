// Reads named values out of a request, be it JSON, a form or a query: every fault is noted under the name of its
// field, so that the caller learns all of them at once.
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

/// What is wrong with a request so far. *One thread at a time.*
class Faults {
 public:
  void note(std::string field, std::string_view code, std::string_view message);
  /// A fault for each name that came more than once.
  void noteRepeated(const NamedValues& values);
  bool any() const { return !faults_.empty(); }
  /// ValidationError with all that was noted, if anything was.
  void throwAny() const;

 private:
  std::vector<FieldError> faults_;
};

/// JSON has types of its own; in a form or a query every value is text.
enum class Typing { json, text };

/// The members of one object. A member that is missing reads as nothing; one that is not as it should be is noted
/// and reads as nothing, too. Codes: REQUIRED, WRONG_TYPE, NUL_CHARACTER, NOT_UTF8, OUT_OF_RANGE, NOT_A_TIME,
/// NOT_ALLOWED, UNKNOWN. Everything is borrowed. *One thread at a time.*
class Fields {
 public:
  /// `where` goes before each name in a fault: "users[0].".
  Fields(const picojson::object& object, Typing typing, Faults& faults, std::string where = "")
      : object_(object), typing_(typing), faults_(faults), where_(std::move(where)) {}

  std::optional<std::string> text(const std::string& name);
  /// As text; noted when it is missing.
  std::string requiredText(const std::string& name);
  /// As text; noted when it is there and empty.
  std::optional<std::string> nonEmptyText(const std::string& name);
  /// In text: "true" or "false".
  std::optional<bool> boolean(const std::string& name);
  /// Out of range or not whole: OUT_OF_RANGE; in text NOT_ALLOWED, and REQUIRED when it is empty.
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t min, std::int64_t max);
  /// As formatTime() writes it (engine/text/iso_time.h), also without the milliseconds.
  std::optional<TimePoint> time(const std::string& name);
  /// Empty when it is missing; text has none.
  const picojson::array& array(const std::string& name);
  const picojson::object& object(const std::string& name);
  /// The member of whatever type; null when it is missing. Notes nothing.
  const picojson::value* find(const std::string& name);
  bool has(const std::string& name) { return find(name) != nullptr; }

  /// Notes every member that was not asked for.
  void refuseOthers();
  void fault(const std::string& name, std::string_view code, std::string_view message);
  /// ValidationError with all that was noted, if anything was.
  void throwFaults() const { faults_.throwAny(); }

  std::string path(const std::string& name) const { return where_ + name; }
  /// The members of an object inside this one.
  Fields inside(const picojson::object& object, const std::string& name) const {
    return {object, typing_, faults_, path(name) + "."};
  }

 private:
  template <class Type>
  const Type* typed(const std::string& name, std::string_view what);

  const picojson::object& object_;
  const Typing typing_;
  Faults& faults_;
  const std::string where_;
  std::set<std::string> known_;
};

}  // namespace glitch_protocol::web
