// Reading the body of a control request: every fault is noted under the name of its field, and unknown fields
// are faults, so that a mistyped request is never half understood.
#pragma once

#include <picojson.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/errors.h"
#include "engine/text/iso_time.h"
#include "engine/types.h"

namespace glitch_protocol::web {

/// What is wrong with a request so far. *One thread at a time.*
class Faults {
 public:
  void note(const std::string& field, std::string_view code, std::string_view message);
  /// ValidationError with all that was noted, if anything was.
  void throwAny() const;

 private:
  std::vector<FieldError> faults_;
};

/// The object that `body` holds; an empty one for an empty body. RequestError BAD_JSON.
picojson::object readControlBody(const std::string& body);

/// The members of one object. A member of the wrong type is noted and reads as missing. `where` goes before
/// each name: "users[0].". Everything is borrowed. *One thread at a time.*
class Fields {
 public:
  Fields(const picojson::object& object, std::string where, Faults& faults)
      : object_(object), where_(std::move(where)), faults_(faults) {}

  std::optional<std::string> text(const std::string& name);
  /// As text; noted when it is missing.
  std::string requiredText(const std::string& name);
  std::optional<bool> boolean(const std::string& name);
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t low, std::int64_t high);
  /// "2026-11-23T04:15:00.000Z", also without the milliseconds.
  std::optional<TimePoint> time(const std::string& name);
  /// Empty when it is missing.
  const picojson::array& array(const std::string& name);
  const picojson::object& object(const std::string& name);
  /// Whether the member is there, of whatever type.
  bool has(const std::string& name);

  /// Notes every member that was not asked for.
  void refuseOthers();
  void fault(const std::string& name, std::string_view code, std::string_view message);
  std::string path(const std::string& name) const { return where_ + name; }
  Faults& faults() { return faults_; }

 private:
  const picojson::value* find(const std::string& name);
  template <class Type>
  const Type* typed(const std::string& name, std::string_view what);

  const picojson::object& object_;
  const std::string where_;
  Faults& faults_;
  std::set<std::string> known_;
};

/// Nothing unless `text` is an instant as formatTime() writes it, with or without milliseconds.
std::optional<TimePoint> parseTime(std::string_view text);

}  // namespace glitch_protocol::web
