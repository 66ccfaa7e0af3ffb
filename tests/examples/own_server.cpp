// Notes behind a sign-in on the library's own connection layer, where an open event stream costs no thread.
#include <glitch_auth/auth.h>
#include <cstdlib>
#include <iostream>

int main() {
  glitch_auth::Auth auth({.database = "app.db", .jwtSecret = std::getenv("APP_SECRET")});
  const auto notes = auth.signedIn([](const glitch_auth::Identity& who, auto& request, auto& response) {
    response.setBody("note " + std::string(request.segment(0)) + " of " + who.email);
  });
  auto server = auth.serve("127.0.0.1:0", {{"GET", "/notes/*", notes}});
  std::cout << server.address() << std::endl;
  server.wait();
}
