// Tests of the host names for which the control plane answers.
#include "web/stub/control_hosts.h"

#include <string>

#include "tests/catch.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

TEST_CASE("by default the control plane answers only for names of the loopback interface") {
  const ControlHosts hosts;
  const auto* loopback = GENERATE("localhost", "localhost:8080", "LocalHost", "app.localhost",
                                  "a.b.LOCALHOST:1", "127.0.0.1", "127.0.0.1:41233", "127.255.0.9", "[::1]",
                                  "[::1]:8080", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]:80");
  INFO(loopback);
  CHECK(hosts.accept(loopback, "127.0.0.1"));

  const auto* other =
      GENERATE("", "evil.example", "evil.example:8080", "localhost.evil.example", "evillocalhost",
               "127.0.0.1.evil.example", "127.evil.example", "128.0.0.1", "10.0.0.1:80", "0.0.0.0", "[::]",
               "[::2]:8080", "[::1", "::1", "127.1", "2130706433", "localhost.");
  INFO(other);
  CHECK_FALSE(hosts.accept(other, "127.0.0.1"));
  CHECK(hosts.accept(other, "unix"));
}

TEST_CASE("the control plane answers for the hosts in --allow-public, with any port") {
  const ControlHosts hosts("auth.test, 192.0.2.7,[2001:db8::1], 2001:db8::2");
  for (const char* host : {"auth.test", "AUTH.test:8080", "192.0.2.7:80", "[2001:db8::1]:80",
                           "[2001:DB8:0::1]", "[2001:db8::2]:1", "localhost:8080"}) {
    INFO(host);
    CHECK(hosts.accept(host, "192.0.2.9"));
  }
  for (const char* host : {"evil.auth.test", "auth.test.evil.example", "192.0.2.8", "[2001:db8::3]"}) {
    INFO(host);
    CHECK_FALSE(hosts.accept(host, "192.0.2.9"));
  }
}

TEST_CASE("a value of --allow-public that is not a list of hosts is refused") {
  const auto* list = GENERATE("", "none", "a.test,", "a.test:8080", "*", "*.test", "http://a.test", "a.test/",
                              "[::1]:80", "a b", "a.test,a.test");
  INFO(list);
  CHECK_THROWS_AS(ControlHosts(list), ConfigError);
}

}  // namespace glitch_protocol::web
