// Tests of the strict JSON reader.
#include "web/http/json_reader.h"

#include <string>

#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

std::string nested(std::size_t depth, const char* open, const char* close) {
  std::string body;
  for (std::size_t i = 0; i < depth; ++i) body += open;
  body += "1";
  for (std::size_t i = 0; i < depth; ++i) body += close;
  return body;
}

std::string errorOf(const std::string& body) {
  try {
    readJsonObject(body);
    return "";
  } catch (const BadJson& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("an object is read with its values, and strings are decoded") {
  const picojson::object object = readJsonObject(
      " {\"a\" : \"\\u00e9\\n\\ud83d\\ude00\" , "
      "\"b\":null,\"c\":[1,{\"x\":2}],\"d\":true,\"e\":-1.5e+3,\"\":\"\"} \n");
  CHECK(object.size() == 6);
  CHECK(object.at("a").get<std::string>() == "\xC3\xA9\n\xF0\x9F\x98\x80");
  CHECK(object.at("b").is<picojson::null>());
  CHECK(object.at("c").serialize() == R"([1,{"x":2}])");
  CHECK(object.at("d").get<bool>());
  CHECK(object.at("e").get<double>() == -1500);
  CHECK(object.at("").get<std::string>().empty());
  CHECK_FALSE(object.contains("f"));
}

TEST_CASE("U+0000 in a string is kept") {
  CHECK(readJsonObject(R"({"a":"x\u0000y"})").at("a").get<std::string>() == std::string("x\0y", 3));
}

TEST_CASE("anything but exactly one JSON object is refused") {
  const std::string body = GENERATE(values<std::string>({
      "",
      " ",
      "null",
      "1",
      "\"x\"",
      "[]",
      "[{}]",
      "{",
      "}",
      "{} x",
      "{}{}",
      std::string("{}\0", 3),
      "\xEF\xBB\xBF{}",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{,}",
      "{a:1}",
      "{'a':1}",
      "{\"a\":tru}",
      "{\"a\":nul}",
      "{\"a\":TRUE}",
      "{\"a\":NaN}",
      "{\"a\":Infinity}",
      "{\"a\":\"x}",
      "{\"a\":\"\\x\"}",
      "{\"a\":\"\\u12\"}",
      "{\"a\":\"\n\"}",
      "{\"a\":\"\\ud800\"}",
      "{\"a\":\"\\udc00\"}",
      "{\"a\":\"\\ud800x\"}",
      "{\"a\" 1}",
      "{\"a\":1 \"b\":2}",
      "{\"a\":[1 2]}",
      "{\"a\":[1,]}",
      "{/**/}",
      "{\"a\":1}//",
      "\v{}",
  }));
  INFO(body);
  CHECK_FALSE(errorOf(body).empty());
}

TEST_CASE("a repeated name is refused at every depth") {
  const auto* body = GENERATE(R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})", R"({"x":{"a":1,"a":2}})",
                              R"({"x":[{"a":1,"b":[],"a":2}]})");
  INFO(body);
  CHECK(errorOf(body) == "a name is used twice in one object");
  CHECK(errorOf(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]})").empty());
}

TEST_CASE("nesting is accepted up to depth 8") {
  CHECK(errorOf("{\"a\":" + nested(7, "[", "]") + "}").empty());
  CHECK(errorOf(nested(8, "{\"\":", "}")).empty());
  CHECK(errorOf("{\"a\":" + nested(8, "[", "]") + "}") == "it is nested too deeply");
  CHECK(errorOf(nested(9, "{\"\":", "}")) == "it is nested too deeply");
  CHECK(errorOf(nested(10'000, "{\"\":", "}")) == "it is nested too deeply");
  CHECK(errorOf("{\"a\":" + nested(10'000, "[", "]") + "}") == "it is nested too deeply");
  CHECK(errorOf(R"({"a":"[[[[[[[[[[{{{{{{{{{{"})").empty());
}

TEST_CASE("numbers must conform to RFC 8259 and fit into a double") {
  const std::string good =
      GENERATE(values<std::string>({"0", "-0", "10", "0.5", "-1.25e-10", "1E5", "1e+5", "1e308"}));
  CHECK(errorOf("{\"a\":" + good + "}").empty());
  CHECK(errorOf("{\"a\":[" + good + " , " + good + "]}").empty());

  const std::string bad =
      GENERATE(values<std::string>({"01", "1.", "+1", ".5", "-", "--1", "1e", "1e+", "0x10", "1.5.5", "1-1",
                                    "1e5e5", "-01", "00", "1e999", "-1e999", "1_0"}));
  INFO(bad);
  CHECK_FALSE(errorOf("{\"a\":" + bad + "}").empty());
  CHECK_FALSE(errorOf("{\"a\":[" + bad + "]}").empty());
  CHECK_FALSE(errorOf("{\"a\":{\"b\": " + bad + "}}").empty());
}

TEST_CASE("invalid UTF-8 is refused at any position") {
  const std::string bytes = GENERATE(values<std::string>(
      {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xFF", "\xC3", "\xE2\x82"}));
  CHECK(errorOf("{\"a\":\"" + bytes + "\"}") == "it is not valid UTF-8");
  CHECK(errorOf("{\"" + bytes + "\":1}") == "it is not valid UTF-8");
  CHECK(errorOf("{}" + bytes) == "it is not valid UTF-8");
}

TEST_CASE("an error never quotes the body") {
  const auto* body = GENERATE(R"({"password":"canary-7391",})", R"({"password":"canary-7391" "x"})",
                              R"({"canary-7391":1,"canary-7391":2})", R"({"password":"canary-7391)");
  CHECK_FALSE(errorOf(body).empty());
  CHECK(errorOf(body).find("canary") == std::string::npos);
}

}  // namespace glitch_protocol::web
