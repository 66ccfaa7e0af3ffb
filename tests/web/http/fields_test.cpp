// Tests of the field reader.
#include "web/http/fields.h"

#include "tests/catch.h"
#include "web/http/json_reader.h"

namespace glitch_protocol::web {

namespace {

/// The errors noted while reading, as "field CODE, field CODE".
template <class Read>
std::string errorsOf(const picojson::object& object, Typing typing, Read read) {
  FieldErrors errors;
  Fields fields(object, typing, errors);
  read(fields);
  try {
    fields.throwErrors();
    return "";
  } catch (const ValidationError& error) {
    std::string text;
    for (const FieldError& fault : error.fields())
      text += (text.empty() ? "" : ", ") + fault.field + " " + fault.code;
    return text;
  }
}

}  // namespace

TEST_CASE("typed values of JSON and text values of a form are read alike") {
  struct Source {
    picojson::object object;
    Typing typing;
  };
  const Source source = GENERATE(
      Source{readJsonObject(R"({"name":"Ada","age":36,"admin":true,"since":"2026-01-01T00:00:00Z"})"),
             Typing::json},
      Source{readUrlEncoded("name=Ada&age=36&admin=true&since=2026-01-01T00%3A00:00Z").values, Typing::text});
  FieldErrors errors;
  Fields fields(source.object, source.typing, errors);
  CHECK(fields.requiredText("name") == "Ada");
  CHECK(fields.integer("age", 0, 150) == 36);
  CHECK(fields.boolean("admin") == true);
  CHECK(fields.time("since")->time_since_epoch() == std::chrono::seconds{1767225600});
  CHECK_FALSE(fields.text("other"));
  CHECK_FALSE(fields.integer("other", 0, 1));
  fields.refuseOthers();
  CHECK_NOTHROW(fields.throwErrors());
}

TEST_CASE("every error in a JSON object is noted under its field") {
  const auto object =
      readJsonObject(R"({"a":1,"b":"x\u0000y","c":1.5,"d":7,"e":"now","f":[],"g":{"h":2},"extra":0})");
  CHECK(errorsOf(object, Typing::json,
                 [](Fields& fields) {
                   fields.text("a");
                   fields.text("b");
                   fields.integer("c", 0, 9);
                   fields.integer("d", 0, 6);
                   fields.time("e");
                   fields.boolean("f");
                   fields.inside(fields.object("g"), "g").text("h");
                   fields.requiredText("missing");
                   fields.refuseOthers();
                 }) ==
        "a WRONG_TYPE, b NUL_CHARACTER, c OUT_OF_RANGE, d OUT_OF_RANGE, e NOT_A_TIME, f WRONG_TYPE, "
        "g.h WRONG_TYPE, missing REQUIRED, extra UNKNOWN");
}

TEST_CASE("every error in a form is noted under its field") {
  const NamedValues form = readUrlEncoded("a=%00&b=%FF&c=1x&d=yes&e=&f=1&f=2");
  FieldErrors repeated;
  repeated.noteRepeated(form);
  CHECK(repeated.any());
  CHECK(errorsOf(form.values, Typing::text, [](Fields& fields) {
          fields.text("a");
          fields.text("b");
          fields.integer("c", 0, 9);
          fields.boolean("d");
          fields.nonEmptyText("e");
        }) == "a NUL_CHARACTER, b NOT_UTF8, c NOT_ALLOWED, d WRONG_TYPE, e REQUIRED");
}

TEST_CASE("whole numbers that a double cannot hold exactly are refused") {
  const auto object = readJsonObject(R"({"a":9007199254740993e3,"b":-0.0})");
  CHECK(errorsOf(object, Typing::json, [](Fields& fields) {
          fields.integer("a", 0, INT64_MAX);
          CHECK(fields.integer("b", -1, 1) == 0);
        }) == "a OUT_OF_RANGE");
}

}  // namespace glitch_protocol::web
