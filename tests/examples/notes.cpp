// Notes behind a sign-in, beside cpp-httplib: the routes of the library and one of the app.
#include <httplib.h>

#include <glitch_auth/auth.h>
#include <cstdlib>

int main() {
  httplib::Server server;
  glitch_auth::Auth auth({.database = "app.db", .jwtSecret = std::getenv("APP_SECRET")});
  auto routes = auth.mount(server, {.prefix = "/api", .registration = glitch_auth::open});
  server.Get("/notes", auth.signedIn([](const glitch_auth::Identity& who, auto&, auto& response) {
    response.set_content("notes of " + who.email, "text/plain");
  }));
  server.listen("127.0.0.1", std::atoi(std::getenv("APP_PORT")));
}
