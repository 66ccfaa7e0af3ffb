// Tests of the framing check.
#include "web/connection/framing.h"
#include "web/connection/exchange.h"

#include <string>
#include <vector>

#include "tests/catch.h"

namespace glitch_protocol::web {
namespace {

using Result = Framing::Result;

Framing check(std::string_view bytes) {
  return checkFraming(bytes, FramingLimits{});
}

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}
std::string post(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}
std::string manyFields(int count) {
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "X: y\r\n";
  return fields;
}

/// A request whose header has `bytes` bytes.
std::string headOf(std::size_t bytes) {
  const std::size_t others = get("X: \r\n").size();
  return get("X: " + std::string(bytes - others, 'a') + "\r\n");
}

struct RefusedRow {
  std::string name;
  std::string bytes;
  int status;
};

const std::vector<RefusedRow>& refusedRows() {
  using namespace std::string_literals;
  static const std::vector<RefusedRow> rows{
      // The request line.
      {"no method", " / HTTP/1.1\r\n", 400},
      {"a TLS handshake", "\x16\x03\x01\x02\x00\x01"s, 400},
      {"no target", "GET  HTTP/1.1\r\n", 400},
      {"no version", "GET /\r\n", 400},
      {"three blanks", "GET / x HTTP/1.1\r\n", 400},
      {"HTTP/2 preface", "PRI * HTTP/2.0\r\n", 400},
      {"version 1.2", "GET / HTTP/1.2\r\n", 400},
      {"version in small letters", "GET / http/1.1\r\n", 400},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"unknown method", "BREW / HTTP/1.1\r\n", 501},
      {"method in small letters", "get / HTTP/1.1\r\n", 501},
      {"method of 33 letters, not ended", std::string(33, 'A'), 501},
      {"endless method", std::string(40, 'A'), 501},
      {"endless method with another byte behind", std::string(40, 'A') + '\xff', 501},
      {"tunnel", "CONNECT a:80 HTTP/1.1\r\n", 405},
      {"two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\n", 400},
      // The target.
      {"target over the limit", "GET /" + std::string(2048, 'a') + " HTTP/1.1\r\n", 414},
      {"target over the limit, not ended", "GET /" + std::string(2048, 'a'), 414},
      {"relative target", "GET x HTTP/1.1\r\n", 400},
      {"asterisk without OPTIONS", "GET * HTTP/1.1\r\n", 400},
      {"fragment", "GET /#a HTTP/1.1\r\n", 400},
      {"half a percent sign", "GET /%4 HTTP/1.1\r\n", 400},
      {"percent sign at the end", "GET /% HTTP/1.1\r\n", 400},
      {"percent sign before a letter that is no digit", "GET /%4g HTTP/1.1\r\n", 400},
      {"DEL in the target", "GET /\x7f HTTP/1.1\r\n", 400},
      {"percent-u", "GET /%u0041 HTTP/1.1\r\n", 400},
      {"encoded NUL", "GET /%00 HTTP/1.1\r\n", 400},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\n"s, 400},
      {"not ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\n", 400},
      {"CR in the target", "GET /\rx HTTP/1.1\r\n", 400},
      {"absolute target with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute target without a host", "GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"absolute target of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      // Fields by themselves.
      {"blank before the colon", get("X : y\r\n"), 400},
      {"no colon", get("X\r\n"), 400},
      {"no name", get(": y\r\n"), 400},
      {"folded line", get("X: y\r\n z\r\n"), 400},
      {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"NUL in a value", get("X: a\0b\r\n"s), 400},
      {"control character in a value", get("X: a\x01\r\n"), 400},
      {"DEL in a value", get("X: a\x7f\r\n"), 400},
      {"CR in a value", get("X: a\rb\r\n"), 400},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"name with a control character", get("X\x02Y: z\r\n"), 400},
      {"header over the limit", get("X: " + std::string(16 * 1024, 'a') + "\r\n"), 431},
      {"header over the limit, not ended", "GET / HTTP/1.1\r\nX: " + std::string(16 * 1024, 'a'), 431},
      {"header one byte over the limit", headOf(16 * 1024 + 1), 431},
      {"101 fields", get(manyFields(100)), 431},
      // Host.
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get("Host: a\r\n"), 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with a slash", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400},
      {"Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: a:8x\r\n\r\n", 400},
      {"Host with an open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400},
      {"Host with a percent sign", "GET / HTTP/1.1\r\nHost: a%41\r\n\r\n", 400},
      {"two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      // The length of the body.
      {"two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400},
      {"the same length twice", post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"), 400},
      {"length -1", post("Content-Length: -1\r\n"), 400},
      {"length +5", post("Content-Length: +5\r\n", "abcde"), 400},
      {"length 5abc", post("Content-Length: 5abc\r\n", "abcde"), 400},
      {"length 10,20", post("Content-Length: 10,20\r\n"), 400},
      {"length 0x10", post("Content-Length: 0x10\r\n"), 400},
      {"empty length", post("Content-Length:\r\n"), 400},
      {"length of eleven digits", post("Content-Length: 00000000001\r\n", "a"), 400},
      {"length with a percent sign", post("Content-Length: %31\r\n", "a"), 400},
      {"length over the limit", post("Content-Length: 16385\r\n"), 413},
      {"huge length", post("Content-Length: 9999999999\r\n"), 413},
      {"body on GET", get("Content-Length: 1\r\n") + "a", 400},
      {"body on HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 400},
      {"body on OPTIONS", "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 400},
      {"body on TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 400},
      // Codings.
      {"chunked", post("Transfer-Encoding: chunked\r\n"), 411},
      {"Chunked on GET", get("transfer-encoding: Chunked\r\n"), 411},
      {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked twice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501},
      {"unknown coding", post("Transfer-Encoding: xchunked\r\n"), 501},
      {"coding with a percent sign", post("Transfer-Encoding: %63hunked\r\n"), 400},
      {"coding beside a length", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"), 400},
      {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"compressed body", post("Content-Encoding: gzip\r\nContent-Length: 1\r\n", "a"), 415},
      {"Connection with a percent sign", get("Connection: clos%65\r\n"), 400},
      {"Expect with a percent sign", post("Expect: 100%2dcontinue\r\n"), 400},
  };
  return rows;
}

struct GoodRow {
  std::string name;
  std::string bytes;
  std::size_t bodyLength;
  Framing::Persistence persistence;
};

const std::vector<GoodRow>& goodRows() {
  constexpr auto keepAlive = Framing::Persistence::keepAlive;
  constexpr auto close = Framing::Persistence::close;
  static const std::vector<GoodRow> rows{
      {"plain", get(""), 0, keepAlive},
      {"one empty line first", "\r\n" + get(""), 0, keepAlive},
      {"body", post("Content-Length: 3\r\n", "a\nb"), 3, keepAlive},
      {"no length is no body", post(""), 0, keepAlive},
      {"length 0 with a form's type",
       post("Content-Length: 0\r\nContent-Type: application/x-www-form-urlencoded\r\n"), 0, keepAlive},
      {"length 0 on GET", get("Content-Length: 0\r\n"), 0, keepAlive},
      {"leading zeros", post("Content-Length: 0000000002\r\n", "ab"), 2, keepAlive},
      {"largest body", post("Content-Length: 16384\r\n", std::string(16384, 'x')), 16384, keepAlive},
      {"identity", post("Content-Encoding: identity\r\nContent-Length: 1\r\n", "a"), 1, keepAlive},
      {"largest target", "GET /" + std::string(2047, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 0, keepAlive},
      {"percent sign at the end of the target", "GET /%41 HTTP/1.1\r\nHost: a\r\n\r\n", 0, keepAlive},
      {"encoded digits that are not NUL", "GET /%01%10 HTTP/1.1\r\nHost: a\r\n\r\n", 0, keepAlive},
      {"largest header", headOf(16 * 1024), 0, keepAlive},
      {"largest header behind an empty line", "\r\n" + headOf(16 * 1024), 0, keepAlive},
      {"PUT with a body", "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 1, keepAlive},
      {"PATCH with a body", "PATCH / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 1, keepAlive},
      {"DELETE with a body", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", 1, keepAlive},
      {"length 9 of nine bytes", post("Content-Length: 9\r\n", "123456789"), 9, keepAlive},
      {"compressed nothing", post("Content-Encoding: gzip\r\nContent-Length: 0\r\n"), 0, keepAlive},
      {"100 fields", get(manyFields(99)), 0, keepAlive},
      {"Connection: close between others", get("Connection: foo,close ,bar\r\n"), 0, close},
      {"Connection: close in the first of two", get("Connection: close\r\nConnection: foo\r\n"), 0, close},
      {"Connection that only begins so", get("Connection: closed\r\n"), 0, keepAlive},
      {"Connection of empty members", get("Connection: ,,\r\n"), 0, keepAlive},
      {"Connection: CLOSE in a list", get("Connection: foo, CLOSE\r\n"), 0, close},
      {"HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 0, close},
      {"HTTP/1.0 that asks for keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 0, close},
      {"IPv6 host", "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 0, keepAlive},
      {"percent signs elsewhere", get("Cookie: a=%0d%0ab\r\nX: %\r\n"), 0, keepAlive},
      {"empty value and blanks around", get("X:\r\nY: \t z \t\r\n"), 0, keepAlive},
      {"obs-text", get("X: \xe4\r\n"), 0, keepAlive},
      {"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 0, keepAlive},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 0, keepAlive},
  };
  return rows;
}

}  // namespace

TEST_CASE("a request that could be read in two ways is refused") {
  for (const auto& row : refusedRows()) {
    INFO(row.name);
    const Framing framing = check(row.bytes);
    CHECK(framing.result == Result::refused);
    CHECK(framing.refusal.status == row.status);
  }
}

TEST_CASE("a refusal does not depend on how the network split the bytes") {
  for (const auto& row : refusedRows()) {
    INFO(row.name);
    std::size_t wrong = 0;
    for (std::size_t size = 0; size < row.bytes.size(); ++size) {
      const Framing framing = check(std::string_view(row.bytes).substr(0, size));
      const bool sameRefusal = framing.result == Result::refused && framing.refusal.status == row.status;
      const bool undecided = framing.result == Result::needsHead;
      if (!sameRefusal && !undecided) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a valid request is complete at its last byte and not before") {
  for (const auto& row : goodRows()) {
    INFO(row.name);
    std::size_t early = 0;
    for (std::size_t size = 0; size < row.bytes.size(); ++size) {
      const Result result = check(std::string_view(row.bytes).substr(0, size)).result;
      if (result != Result::needsHead && result != Result::needsBody) ++early;
    }
    CHECK(early == 0);
    const Framing framing = check(row.bytes + "GARBAGE");
    CHECK(framing.result == Result::complete);
    CHECK(framing.bodyLength == row.bodyLength);
    CHECK(framing.headLength + framing.bodyLength == row.bytes.size());
    CHECK(framing.persistence == row.persistence);
  }
}

TEST_CASE("of all bytes exactly the token characters make names, and exactly those of a field make values") {
  const std::string tokenCharacters =
      "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(static_cast<unsigned char>(byte));
    if (c == '\n' || c == '\r' || c == ':') continue;  // they end a line or a name
    CAPTURE(byte);
    const bool isToken = c != '\0' && tokenCharacters.find(c) != std::string::npos;
    const bool isText = c == '\t' || (byte >= 0x20 && byte != 0x7f);
    const auto goesInto = [](const std::string& fields) {
      return check(get(fields)).result == Result::complete;
    };
    CHECK(goesInto(std::string("X") + c + "Y: z\r\n") == isToken);
    CHECK(goesInto(std::string("X: y") + c + "z\r\n") == isText);
    const bool isMethod = check(std::string("GE") + c).result == Result::needsHead;
    CHECK(isMethod == (isToken || c == ' '));
  }
}

TEST_CASE("of all bytes exactly the visible ones of ASCII, without the fragment's sign, make targets") {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(static_cast<unsigned char>(byte));
    if (c == '\n' || c == ' ' || c == '%') continue;  // they end it, or begin an escape
    CAPTURE(byte);
    const bool isTarget = byte > 0x20 && byte < 0x7f && c != '#';
    const std::string request = std::string("GET /a") + c + "b HTTP/1.1\r\nHost: a\r\n\r\n";
    CHECK((check(request).result == Result::complete) == isTarget);
  }
}

TEST_CASE("the views of a result can be moved to a copy of the bytes") {
  const std::string bytes = get("A: 1\r\n");
  Framing framing = check(bytes);
  const std::string copy = bytes;
  framing.move(bytes, copy);
  const auto isIn = [&](std::string_view view) {
    return view.data() >= copy.data() && view.data() + view.size() <= copy.data() + copy.size();
  };
  CHECK((isIn(framing.method) && framing.method == "GET"));
  CHECK((isIn(framing.target) && framing.target == "/"));
  CHECK((isIn(framing.host) && framing.host == "a"));
  CHECK((isIn(framing.fields.at(1).name) && framing.fields.at(1).name == "A"));
  CHECK((isIn(framing.fields.at(1).value) && framing.fields.at(1).value == "1"));
}

TEST_CASE("an absolute target contains the host and may have no path") {
  const Framing framing = check("GET http://b:81?q=1 HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(framing.result == Result::complete);
  CHECK(framing.host == "b:81");
  CHECK(framing.target == "?q=1");
}

TEST_CASE("Expect: 100-continue is recognised, but not in HTTP/1.0") {
  CHECK(check(post("Expect: 100-Continue\r\nContent-Length: 1\r\n")).expectsContinue);
  CHECK_FALSE(check("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n").expectsContinue);
  CHECK(check(post("Expect: 100-continue\r\nExpect: other\r\nContent-Length: 1\r\n")).expectsContinue);
  CHECK_FALSE(check(post("Expect: other\r\nContent-Length: 1\r\n")).expectsContinue);
  CHECK_FALSE(check(post("Content-Length: 1\r\n")).expectsContinue);
}

TEST_CASE("the fields of a header are kept in order and as sent") {
  const std::string bytes = get("A: 1\r\na:  %41 \r\nEmpty:\r\n");
  std::vector<std::string> seen;
  for (const auto& [name, value] : check(bytes).fields)
    seen.push_back(std::string(name) + '=' + std::string(value));
  CHECK(seen == std::vector<std::string>{"Host=a", "A=1", "a=%41", "Empty="});
}

TEST_CASE("a refusal is a complete response with the common fields") {
  const std::string busy = formatRefusal(refusals::busy, "abc", "");
  for (const char* part :
       {"HTTP/1.1 503 Service Unavailable\r\n", "\r\nX-Content-Type-Options: nosniff\r\n",
        "\r\nCache-Control: no-store\r\n", "\r\nReferrer-Policy: no-referrer\r\n",
        "\r\nX-Request-Id: abc\r\n", "\r\nRetry-After: 1\r\n", "\r\nConnection: close\r\n",
        "\r\nContent-Type: application/json; charset=utf-8\r\n",
        R"({"success":false,"error":"The server is busy. Try again in a moment.","code":"SERVER_BUSY"})"}) {
    INFO(part);
    CHECK(busy.find(part) != std::string::npos);
  }
  CHECK(formatRefusal(refusals::noTunnels, "abc", "").find("\r\nAllow: ") != std::string::npos);
}

TEST_CASE("request ids have sixteen hexadecimal digits and are unique") {
  const std::string one(nextRequestId());
  CHECK(one.size() == 16);
  CHECK(one.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(one != std::string_view(nextRequestId()));
}

}  // namespace glitch_protocol::web
