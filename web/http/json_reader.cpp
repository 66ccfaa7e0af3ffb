// Parses with picojson through a context of our own: the built-in contexts do not limit the nesting of
// objects, let the last of two equal names win, and throw on numbers out of range.
#include "web/http/json_reader.h"

#include <picojson.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "engine/text/ascii.h"
#include "engine/text/utf8.h"
#include "web/http/errors.h"

namespace glitch_protocol::web {

namespace {

using Input = picojson::input<const char*>;

/// Skips digits; false when there are none.
bool skipDigits(std::string_view& text) {
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, isDigit) - text.begin());
  text.remove_prefix(end);
  return end > 0;
}

bool skipOneOf(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// RFC 8259 section 6. picojson also accepts other sequences of these characters that strtod accepts: 01, 1.,
/// 1e+.
bool beginsWithNumber(std::string_view text) {
  skipOneOf(text, "-");
  if (!skipOneOf(text, "0") && !skipDigits(text)) return false;
  if (skipOneOf(text, ".") && !skipDigits(text)) return false;
  if (skipOneOf(text, "eE")) {
    skipOneOf(text, "+-");
    if (!skipDigits(text)) return false;
  }
  return text.empty() || std::string_view("0123456789+-.eE").find(text.front()) == std::string_view::npos;
}

/// Whether the next value, if picojson would read it as a number, is a valid one. True for every other value.
bool isStrictIfNumber(std::string_view body, Input& input) {
  input.skip_ws();
  const auto rest = body.substr(static_cast<std::size_t>(input.cur() - body.data()));
  const bool isNumber = !rest.empty() && (rest.front() == '-' || isDigit(rest.front()));
  return !isNumber || beginsWithNumber(rest);
}

/// Builds one value at any depth. picojson calls these functions while it parses; false makes it stop with an
/// error. *One thread at a time.*
class StrictValue {
 public:
  /// `depth` is the depth that an object or array would have here.
  StrictValue(std::string_view body, std::size_t depth, picojson::value& value)
      : body_(body), depth_(depth), value_(value) {}

  bool set_null() {
    value_ = picojson::value();
    return true;
  }
  bool set_bool(bool value) {
    value_ = picojson::value(value);
    return true;
  }
  // picojson ignores the return value, hence the exception.
  void set_number(double value) {
    if (!std::isfinite(value)) throw BadJson("a number is out of range");
    value_ = picojson::value(value);
  }
  bool parse_string(Input& input) {
    value_ = picojson::value(picojson::string_type, false);
    return picojson::_parse_string(value_.get<std::string>(), input);
  }

  bool parse_array_start() { return nest(picojson::array_type); }
  bool parse_array_item(Input& input, std::size_t) {
    picojson::array& items = value_.get<picojson::array>();
    items.emplace_back();
    return parseNested(input, items.back());
  }
  bool parse_array_stop(std::size_t) { return true; }

  bool parse_object_start() { return nest(picojson::object_type); }
  bool parse_object_item(Input& input, const std::string& name) {
    const auto [member, isNew] = value_.get<picojson::object>().try_emplace(name);
    if (!isNew) throw BadJson("a name is used twice in one object");
    return parseNested(input, member->second);
  }
  bool parse_object_stop() { return true; }

 private:
  bool nest(int type) {
    if (depth_ > maxJsonDepth) throw BadJson("it is nested too deeply");
    value_ = picojson::value(type, false);
    return true;
  }

  bool parseNested(Input& input, picojson::value& value) const {
    StrictValue nested(body_, depth_ + 1, value);
    return isStrictIfNumber(body_, input) && picojson::_parse(nested, input);
  }

  const std::string_view body_;
  const std::size_t depth_;
  picojson::value& value_;
};

}  // namespace

picojson::object readJsonObject(std::string_view body) {
  if (!isUtf8(body)) throw BadJson("it is not valid UTF-8");
  picojson::value value;
  StrictValue outermost(body, 1, value);
  Input input(body.data(), body.data() + body.size());
  if (!picojson::_parse(outermost, input) || !value.is<picojson::object>())
    throw BadJson("it is not a JSON object");
  input.skip_ws();
  if (input.cur() != body.data() + body.size()) throw BadJson("something follows the JSON object");
  return std::move(value.get<picojson::object>());
}

picojson::object readJsonBody(std::string_view body) {
  try {
    return readJsonObject(body);
  } catch (const BadJson& error) {
    throw createBadJsonError(error.what());
  }
}

}  // namespace glitch_protocol::web
