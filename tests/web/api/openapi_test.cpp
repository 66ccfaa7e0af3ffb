// Compares the OpenAPI description, web/api/openapi.json, with the route table. tests/e2e/openapi.test.mjs
// compares it with the answers of the server.
#include "web/api/openapi_document.h"

#include <set>

#include "tests/support/api_fixture.h"
#include "web/api/routes.h"

namespace glitch_protocol::web {

namespace {

using Operations = std::set<std::pair<std::string, std::string>>;

Operations describedOperations(const picojson::value& description) {
  Operations operations;
  for (const auto& [path, item] : description.get("paths").get<picojson::object>()) {
    for (const auto& [method, operation] : item.get<picojson::object>()) operations.emplace(method, path);
  }
  return operations;
}

Operations routedOperations() {
  Operations operations;
  for (const Route& route : routes()) {
    const std::string path(route.path);
    operations.emplace(route.method == "GET" ? "get" : "post", path);
    if (route.method == "GET") operations.emplace("head", path);
    operations.emplace("options", path);
  }
  return operations;
}

}  // namespace

TEST_CASE("anyone can read the description of the API as it was built in") {
  Surface surface;
  const Reply reply = surface.send(get("/api/openapi.json"));
  CHECK(reply.status() == 200);
  CHECK(reply.header("Content-Type") == "application/json; charset=utf-8");
  CHECK(reply.body() == openApiDocument());
  CHECK(reply.at("openapi") == "3.1.0");
}

TEST_CASE("the description lists exactly the operations of the route table") {
  picojson::value description;
  REQUIRE(picojson::parse(description, std::string(openApiDocument())).empty());
  CHECK(describedOperations(description) == routedOperations());
}

}  // namespace glitch_protocol::web
