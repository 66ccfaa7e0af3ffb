// Tests of the router.
#include "web/http/router.h"

#include <array>

#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

struct Row {
  std::string_view method;
  std::string_view path;
};
constexpr std::array table = std::to_array<Row>({
    {"GET", "/things"},
    {"POST", "/things"},
    {"PUT", "/things/*"},
    {"POST", "/things/*/parts/*"},
});
constexpr Row later{"DELETE", "/things/*"};

Router<Row> makeRouter() {
  Router<Row> router;
  router.add(std::span<const Row>(table));
  router.add(later);
  return router;
}

}  // namespace

TEST_CASE("a request finds the row of its method and path") {
  const Router<Row> router = makeRouter();
  CHECK(router.find("GET", "/things").row == &table[0]);
  CHECK(router.find("HEAD", "/things").row == &table[0]);
  CHECK(router.find("POST", "/things").row == &table[1]);
  CHECK(router.find("DELETE", "/things/7").row == &later);
}

TEST_CASE("a star matches one segment, which is decoded") {
  const Router<Row> router = makeRouter();
  CHECK(router.find("PUT", "/things/a%20b").parts == std::vector<std::string>{"a b"});
  CHECK(router.find("POST", "/things/a/parts/%2F").parts == std::vector<std::string>{"a", "/"});
  const auto* path =
      GENERATE("/things/", "/things/a/", "/things//parts/b", "/things/a/parts", "/things/a/b", "*", "");
  INFO(path);
  CHECK(router.find("PUT", path).found == RouteFound::no);
}

TEST_CASE("requests without a row are distinguished: unknown path, other method, OPTIONS") {
  const Router<Row> router = makeRouter();
  CHECK(router.find("GET", "/nothing").found == RouteFound::no);
  CHECK(router.find("OPTIONS", "/nothing").found == RouteFound::no);
  CHECK(router.find("PATCH", "/things").found == RouteFound::otherMethod);
  CHECK(router.find("get", "/things").found == RouteFound::otherMethod);
  CHECK(router.find("OPTIONS", "/things/x").found == RouteFound::options);
  CHECK(router.find("TRACE", "/things").found == RouteFound::otherMethod);
  CHECK(router.find("TRACE", "/nothing").found == RouteFound::otherMethod);
}

TEST_CASE("Allow lists the methods of a path, and all methods for an unknown path") {
  const Router<Row> router = makeRouter();
  CHECK(router.allowedMethods("/things") == "GET, HEAD, POST, OPTIONS");
  CHECK(router.allowedMethods("/things/1") == "PUT, DELETE, OPTIONS");
  CHECK(router.allowedMethods("/nothing") == "GET, HEAD, POST, PUT, DELETE, OPTIONS");
}

}  // namespace glitch_protocol::web
