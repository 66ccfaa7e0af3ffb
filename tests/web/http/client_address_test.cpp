// Tests of the client address behind proxies.
#include "web/http/client_address.h"

#include <stdexcept>

#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

const TrustedProxies proxies = TrustedProxies::parse({"10.0.0.0/8", "192.0.2.1", "fd00::/8", "unix"});

}  // namespace

TEST_CASE("without trusted proxies the client address is that of the peer, whatever it claims") {
  CHECK(clientAddress("203.0.113.7", {"198.51.100.1"}, {}) == "203.0.113.7");
  CHECK(clientAddress("::ffff:203.0.113.7", {}, {}) == "203.0.113.7");
  CHECK(clientAddress("2001:DB8:0::1", {}, {}) == "2001:db8::1");
  CHECK(clientAddress("unix", {"198.51.100.1"}, {}) == "unix");
  CHECK(clientAddress("", {"198.51.100.1"}, {}) == "");
}

TEST_CASE("behind trusted proxies the client is the right-most entry that is not a trusted proxy") {
  struct Row {
    const char* peer;
    std::vector<std::string_view> forwardedFor;
    const char* client;
  };
  const auto row = GENERATE(values<Row>({
      {"10.1.2.3", {}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1"}, "198.51.100.1"},
      {"::ffff:10.1.2.3", {"198.51.100.1"}, "198.51.100.1"},
      {"192.0.2.2", {"198.51.100.1"}, "192.0.2.2"},
      {"10.1.2.3", {"1.2.3.4, 198.51.100.1"}, "198.51.100.1"},
      {"10.1.2.3", {"1.2.3.4,198.51.100.1 , 10.9.9.9,192.0.2.1"}, "198.51.100.1"},
      {"10.1.2.3", {"1.2.3.4", "198.51.100.1", "10.9.9.9"}, "198.51.100.1"},
      {"10.1.2.3", {"198.51.100.1, ::ffff:10.9.9.9"}, "198.51.100.1"},
      {"10.1.2.3", {"2001:db8::7"}, "2001:db8::7"},
      {"10.1.2.3", {"[2001:db8::7]:4711"}, "2001:db8::7"},
      {"10.1.2.3", {"198.51.100.1:4711"}, "198.51.100.1"},
      {"fd12::1", {"198.51.100.1"}, "198.51.100.1"},
      {"unix", {"198.51.100.1"}, "198.51.100.1"},
      // all are proxies: the last trusted hop
      {"10.1.2.3", {"10.0.0.9, 10.0.0.8"}, "10.0.0.9"},
      // entries to the left of an invalid one are ignored
      {"10.1.2.3", {"198.51.100.1, unknown"}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1, , 10.0.0.8"}, "10.0.0.8"},
      {"10.1.2.3", {"198.51.100.1, 1.2.3.4.5"}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1, fe80::1%eth0"}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1, [::1"}, "10.1.2.3"},
      {"10.1.2.3", {"198.51.100.1, [::1]x"}, "10.1.2.3"},
      {"10.1.2.3", {",,,"}, "10.1.2.3"},
      {"10.1.2.3", {std::string_view("1.2.3.4\0", 8)}, "10.1.2.3"},
      {"10.1.2.3", {"01.2.3.4"}, "10.1.2.3"},
  }));
  INFO(row.client);
  CHECK(clientAddress(row.peer, row.forwardedFor, proxies) == row.client);
}

TEST_CASE("a range contains exactly the addresses with its prefix") {
  const auto inRange = [](const char* range, const char* address) {
    return TrustedProxies::parse({range}).trust(*IpAddress::parse(address));
  };
  CHECK(inRange("10.0.0.0/8", "10.255.255.255"));
  CHECK_FALSE(inRange("10.0.0.0/8", "11.0.0.0"));
  CHECK(inRange("192.168.4.0/22", "192.168.7.255"));
  CHECK_FALSE(inRange("192.168.4.0/22", "192.168.8.0"));
  CHECK(inRange("10.9.8.7/8", "10.0.0.1"));
  CHECK(inRange("0.0.0.0/0", "203.0.113.7"));
  CHECK_FALSE(inRange("0.0.0.0/0", "2001:db8::1"));
  CHECK(inRange("::/0", "203.0.113.7"));
  CHECK(inRange("2001:db8::/33", "2001:db8:7fff::1"));
  CHECK_FALSE(inRange("2001:db8::/33", "2001:db8:8000::1"));
  CHECK(inRange("::ffff:10.0.0.0/104", "10.1.1.1"));
  CHECK(inRange("::1", "::1"));
  CHECK_FALSE(inRange("::1", "::2"));
}

TEST_CASE("connections count for the share of their site, and those of proxies for none") {
  CHECK(shareOf("203.0.113.7", proxies) == "203.0.113.7");
  CHECK(shareOf("::ffff:203.0.113.7", proxies) == "203.0.113.7");
  CHECK(shareOf("2001:db8:1:2:3:4:5:6", proxies) == "2001:db8:1:2::");
  CHECK(shareOf("2001:db8:1:2::1", proxies) == "2001:db8:1:2::");
  CHECK(shareOf("2001:db8:1:3::1", proxies) == "2001:db8:1:3::");
  for (const char* proxy : {"10.1.2.3", "192.0.2.1", "fd00::1", "unix"}) {
    CAPTURE(proxy);
    CHECK(shareOf(proxy, proxies).empty());
  }
  CHECK(shareOf("unix", {}).empty());
  CHECK(shareOf("10.1.2.3", {}) == "10.1.2.3");
}

TEST_CASE("an invalid entry of trusted_proxies is named in the error") {
  const std::string entry = GENERATE("", "localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
                                     "10.0.0.0/8x", "::/129", "10.0.0", "*", "10.0.0.0/8/8", "UNIX");
  INFO(entry);
  try {
    TrustedProxies::parse({"10.0.0.1", entry});
    FAIL("accepted");
  } catch (const std::invalid_argument& error) {
    CHECK(std::string(error.what()).find("\"" + entry + "\"") == 0);
  }
}

}  // namespace glitch_protocol::web
