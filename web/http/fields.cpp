#include "web/http/fields.h"

#include <charconv>
#include <cmath>
#include <system_error>

#include "engine/text/iso_time.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::web {

namespace {

std::optional<std::int64_t> wholeNumber(double value) {
  constexpr double exact = 9007199254740992.0;  // 2^53: above it, doubles cannot hold every whole number
  if (value != std::floor(value) || std::fabs(value) > exact) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<std::int64_t> wholeNumber(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

}  // namespace

void FieldErrors::note(std::string field, std::string_view code, std::string_view message) {
  errors_.push_back({std::move(field), std::string(code), std::string(message)});
}

void FieldErrors::throwAny() const {
  if (any()) throw ValidationError(errors_);
}

void FieldErrors::noteRepeated(const NamedValues& values) {
  for (const std::string& name : values.repeated) note(name, "NOT_ALLOWED", "Send this only once.");
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
  reject(name, "WRONG_TYPE", "This field must be " + std::string(what) + ".");
  return nullptr;
}

std::optional<std::string> Fields::text(const std::string& name) {
  const auto* text = typed<std::string>(name, "a string");
  if (text == nullptr) return std::nullopt;
  if (text->find('\0') != std::string::npos) {
    reject(name, "NUL_CHARACTER", "Remove the character U+0000.");
    return std::nullopt;
  }
  if (typing_ == Typing::text && !isUtf8(*text)) {
    reject(name, "NOT_UTF8", "Use UTF-8.");
    return std::nullopt;
  }
  return *text;
}

std::string Fields::requiredText(const std::string& name) {
  if (!has(name)) reject(name, "REQUIRED", "This field is missing.");
  return text(name).value_or("");
}

std::optional<std::string> Fields::nonEmptyText(const std::string& name) {
  auto value = text(name);
  if (!value || !value->empty()) return value;
  reject(name, "REQUIRED", "This field is empty. Leave it out instead.");
  return std::nullopt;
}

std::optional<bool> Fields::boolean(const std::string& name) {
  if (typing_ == Typing::json) {
    const auto* flag = typed<bool>(name, "true or false");
    return flag == nullptr ? std::nullopt : std::optional(*flag);
  }
  const auto written = text(name);
  if (!written) return std::nullopt;
  if (*written == "true" || *written == "false") return *written == "true";
  reject(name, "WRONG_TYPE", "This field must be true or false.");
  return std::nullopt;
}

std::optional<std::int64_t> Fields::integer(const std::string& name, std::int64_t min, std::int64_t max) {
  const bool isJson = typing_ == Typing::json;
  std::optional<std::int64_t> number;
  if (isJson) {
    const auto* value = typed<double>(name, "a number");
    if (value == nullptr) return std::nullopt;
    number = wholeNumber(*value);
  } else {
    const auto written = nonEmptyText(name);
    if (!written) return std::nullopt;
    number = wholeNumber(*written);
  }
  if (number && *number >= min && *number <= max) return number;
  reject(name, isJson ? "OUT_OF_RANGE" : "NOT_ALLOWED",
         "Use a whole number from " + std::to_string(min) + " to " + std::to_string(max) + ".");
  return std::nullopt;
}

std::optional<TimePoint> Fields::time(const std::string& name) {
  const auto written = text(name);
  if (!written) return std::nullopt;
  const auto time = parseTime(*written);
  if (!time) reject(name, "NOT_A_TIME", "Use a time in UTC such as 2026-11-23T04:15:00.000Z.");
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

void Fields::refuseOthers() {
  for (const auto& [name, value] : object_)
    if (!known_.contains(name)) reject(name, "UNKNOWN", "This field is unknown here.");
}

void Fields::reject(const std::string& name, std::string_view code, std::string_view message) {
  errors_.note(path(name), code, message);
}

}  // namespace glitch_protocol::web
