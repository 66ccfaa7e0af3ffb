#include "web/stub/control_fields.h"

#include <chrono>
#include <cmath>

#include "web/http/errors.h"
#include "web/http/json_object.h"

namespace glitch_protocol::web {

namespace {

/// The number that `text` spells in digits alone.
std::optional<int> number(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool fits(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool isDigit = text[i] >= '0' && text[i] <= '9';
    if (pattern[i] == '0' ? !isDigit : text[i] != pattern[i]) return false;
  }
  return true;
}

}  // namespace

void Faults::note(const std::string& field, std::string_view code, std::string_view message) {
  faults_.push_back({field, std::string(code), std::string(message)});
}

void Faults::throwAny() const {
  if (!faults_.empty()) throw ValidationError(faults_);
}

picojson::object readControlBody(const std::string& body) {
  if (body.empty()) return {};
  try {
    readJsonObject(body);
  } catch (const BadJson& fault) {
    throw createBadJsonError(fault.what());
  }
  picojson::value value;
  const std::string fault = picojson::parse(value, body);
  if (!fault.empty() || !value.is<picojson::object>()) throw createBadJsonError("it is not a JSON object");
  return value.get<picojson::object>();
}

const picojson::value* Fields::find(const std::string& name) {
  known_.insert(name);
  const auto found = object_.find(name);
  return found == object_.end() ? nullptr : &found->second;
}

template <class Type>
const Type* Fields::typed(const std::string& name, std::string_view what) {
  const picojson::value* value = find(name);
  if (value == nullptr) return nullptr;
  if (value->is<Type>()) return &value->get<Type>();
  fault(name, "WRONG_TYPE", "This field must be " + std::string(what) + ".");
  return nullptr;
}

std::optional<std::string> Fields::text(const std::string& name) {
  const auto* text = typed<std::string>(name, "a string");
  if (text == nullptr) return std::nullopt;
  if (text->find('\0') == std::string::npos) return *text;
  fault(name, "NUL_CHARACTER", "Leave out the character U+0000.");
  return std::nullopt;
}

std::string Fields::requiredText(const std::string& name) {
  if (!has(name)) fault(name, "REQUIRED", "This field is missing.");
  return text(name).value_or("");
}

std::optional<bool> Fields::boolean(const std::string& name) {
  const auto* flag = typed<bool>(name, "true or false");
  return flag == nullptr ? std::nullopt : std::optional(*flag);
}

std::optional<std::int64_t> Fields::integer(const std::string& name, std::int64_t low, std::int64_t high) {
  const auto* value = typed<double>(name, "a number");
  if (value == nullptr) return std::nullopt;
  if (*value == std::floor(*value) && *value >= static_cast<double>(low) &&
      *value <= static_cast<double>(high))
    return static_cast<std::int64_t>(*value);
  fault(name, "OUT_OF_RANGE",
        "Use a whole number from " + std::to_string(low) + " to " + std::to_string(high) + ".");
  return std::nullopt;
}

std::optional<TimePoint> Fields::time(const std::string& name) {
  const auto written = text(name);
  if (!written) return std::nullopt;
  const auto time = parseTime(*written);
  if (!time) fault(name, "NOT_A_TIME", "Write it in UTC, such as 2026-11-23T04:15:00.000Z.");
  return time;
}

const picojson::array& Fields::array(const std::string& name) {
  static const picojson::array none;
  const auto* array = typed<picojson::array>(name, "an array");
  return array == nullptr ? none : *array;
}

const picojson::object& Fields::object(const std::string& name) {
  static const picojson::object none;
  const auto* object = typed<picojson::object>(name, "an object");
  return object == nullptr ? none : *object;
}

bool Fields::has(const std::string& name) {
  return find(name) != nullptr;
}

void Fields::refuseOthers() {
  for (const auto& [name, value] : object_)
    if (!known_.contains(name)) fault(name, "UNKNOWN", "There is no such field here.");
}

void Fields::fault(const std::string& name, std::string_view code, std::string_view message) {
  faults_.note(path(name), code, message);
}

std::optional<TimePoint> parseTime(std::string_view text) {
  using namespace std::chrono;
  const bool hasMilliseconds = fits(text, "0000-00-00T00:00:00.000Z");
  if (!hasMilliseconds && !fits(text, "0000-00-00T00:00:00Z")) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t length) { return *number(text.substr(at, length)); };
  const year_month_day date{year{part(0, 4)}, month{static_cast<unsigned>(part(5, 2))},
                            day{static_cast<unsigned>(part(8, 2))}};
  if (!date.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 59) return std::nullopt;
  const milliseconds fraction{hasMilliseconds ? part(20, 3) : 0};
  return TimePoint{sys_days{date} + hours{part(11, 2)} + minutes{part(14, 2)} + seconds{part(17, 2)} +
                   fraction};
}

}  // namespace glitch_protocol::web
