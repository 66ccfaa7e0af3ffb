// picojson does the parsing, through contexts of our own, because its own ones are too lenient: they leave
// the nesting of objects unbounded, let the last of two equal names win, and throw on numbers out of range.
// Contexts see every value before it is parsed, and keep only what a route may read.
#include "web/http/json_object.h"

#include <picojson.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>

#include "engine/text/utf8.h"

namespace glitch_protocol::web {

namespace {

using Input = picojson::input<const char*>;

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

/// Skips digits; false when there is none.
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

/// RFC 8259 section 6. picojson takes every run of these characters that strtod takes: 01, 1., 1e+.
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

/// Whether a value that picojson would read as a number is one. True for every other value.
bool isStrictIfNumber(std::string_view body, Input& input) {
  input.skip_ws();
  const auto rest = body.substr(static_cast<std::size_t>(input.cur() - body.data()));
  const bool isNumber = !rest.empty() && (rest.front() == '-' || isDigit(rest.front()));
  return !isNumber || beginsWithNumber(rest);
}

/// Remembers the names of one object. *One thread at a time.*
class Names {
 public:
  void add(const std::string& name) {
    if (!seen_.insert(name).second) throw BadJson("a name is used twice in one object");
  }

 private:
  std::set<std::string> seen_;
};

/// One value, wherever it stands. picojson calls these functions as it goes; false makes it stop with an
/// error. *One thread at a time.*
class StrictValue {
 public:
  StrictValue(std::string_view body, std::size_t depth) : body_(body), depth_(depth) {}

  bool set_null() { return true; }
  bool set_bool(bool) { return true; }
  // picojson ignores what this returns, hence the exception.
  void set_number(double value) {
    if (!std::isfinite(value)) throw BadJson("a number is out of range");
  }
  bool parse_string(Input& input) {
    std::string dropped;
    return picojson::_parse_string(dropped, input);
  }

  bool parse_array_start() { return nest(); }
  bool parse_array_item(Input& input, std::size_t) { return parseNested(input); }
  bool parse_array_stop(std::size_t) { return true; }

  bool parse_object_start() { return nest(); }
  bool parse_object_item(Input& input, const std::string& name) {
    names_.add(name);
    return parseNested(input);
  }
  bool parse_object_stop() { return true; }

 private:
  bool nest() const {
    if (depth_ > maxJsonDepth) throw BadJson("it is nested too deeply");
    return true;
  }

  bool parseNested(Input& input) const {
    StrictValue nested(body_, depth_ + 1);
    return isStrictIfNumber(body_, input) && picojson::_parse(nested, input);
  }

  const std::string_view body_;
  const std::size_t depth_;
  Names names_;
};

/// A member of the outermost object: keeps a string, notes anything else. *One thread at a time.*
class MemberValue : public StrictValue {
 public:
  MemberValue(std::string_view body, JsonObject::Member& member) : StrictValue(body, 2), member_(member) {}

  bool set_null() {
    member_.kind = JsonObject::Kind::null;
    return true;
  }
  bool parse_string(Input& input) {
    member_.kind = JsonObject::Kind::string;
    return picojson::_parse_string(member_.text, input);
  }

 private:
  JsonObject::Member& member_;
};

/// The whole body. *One thread at a time.*
class Outermost : public picojson::deny_parse_context {
 public:
  explicit Outermost(std::string_view body) : body_(body) {}

  bool parse_object_start() { return true; }
  bool parse_object_item(Input& input, const std::string& name) {
    names_.add(name);
    JsonObject::Member& member = members_.emplace_back();
    member.name = name;
    MemberValue value(body_, member);
    return isStrictIfNumber(body_, input) && picojson::_parse(value, input);
  }
  bool parse_object_stop() { return true; }

  // picojson would take this value, whatever it returned.
  void set_number(double) { throw BadJson("it is not a JSON object"); }

  std::vector<JsonObject::Member> takeMembers() { return std::move(members_); }

 private:
  const std::string_view body_;
  std::vector<JsonObject::Member> members_;
  Names names_;
};

}  // namespace

const JsonObject::Member* JsonObject::find(std::string_view name) const {
  const auto found = std::ranges::find(members_, name, &Member::name);
  return found == members_.end() ? nullptr : &*found;
}

JsonObject readJsonObject(std::string_view body) {
  if (!isUtf8(body)) throw BadJson("it is not valid UTF-8");
  Outermost outermost(body);
  Input input(body.data(), body.data() + body.size());
  if (!picojson::_parse(outermost, input)) throw BadJson("it is not a JSON object");
  input.skip_ws();
  if (input.cur() != body.data() + body.size()) throw BadJson("something follows the JSON object");
  return JsonObject(outermost.takeMembers());
}

}  // namespace glitch_protocol::web
