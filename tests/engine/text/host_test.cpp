// Tests of validating host names and ports.
#include "engine/text/host.h"

#include <string>
#include <string_view>

#include "tests/catch.h"

namespace glitch_protocol {

TEST_CASE("a host is a name, an IPv4 address or a bracketed IPv6 address, with an optional port") {
  for (const char* host :
       {"a", "auth.example.org", "AUTH.Example.ORG", "localhost:8080", "127.0.0.1", "127.0.0.1:80", "[::1]",
        "[::1]:8080", "[2001:db8::1]:65535", "a:", "[::1]:", "a:0", "a:1", "azAZ09-._~!$&'()*+,;="}) {
    CAPTURE(host);
    CHECK(isHost(host));
  }
}

TEST_CASE("text that is not a host is refused") {
  for (const std::string_view text :
       {"",       ":",           ":80",     "a/b",     "u@a",     "a b",     " a",     "a ",
        "a\n",    "a%41",        "a?b",     "a#b",     "a\"b",    "a]",      "[]",     "[]:80",
        "[",      "[::1",        "::1",     "[::1]x",  "[::1]80", "[::1]]",  "[[::1]", "[::1%eth0]",
        "[:: 1]", "x[::1]",      "a:8x",    "a:x",     "a:80:80", "a:65536", "a:-1",   "a:+1",
        "a: 1",   "[::1]:65536", "[::1]:x", "\xc3\xa4"}) {
    CAPTURE(text);
    CHECK_FALSE(isHost(text));
  }
  CHECK_FALSE(isHost({"a\0b", 3}));
}

TEST_CASE("a port is a decimal number from 0 to 65535") {
  CHECK(parsePort("0") == 0);
  CHECK(parsePort("1") == 1);
  CHECK(parsePort("8080") == 8080);
  CHECK(parsePort("65535") == 65535);
  for (const char* text : {"", "65536", "100000", "99999999999999999999", "-1", "+1", " 1", "1 ", "1.0",
                           "0x1", "1a", "a", "80:"}) {
    CAPTURE(text);
    CHECK_FALSE(parsePort(text));
  }
}

}  // namespace glitch_protocol
