// An app that keeps its users itself: it finds the user and checks the password; the engine keeps the sessions.
#include <glitch_auth/auth.h>
#include <iostream>
#include <map>

int main() {
  glitch_auth::Auth auth({.database = ":memory:",
                          .jwtSecret = "an example's secret of 32 bytes and more",
                          .users = glitch_protocol::trustCaller()});
  auto& engine = auth.engine();
  std::map<std::string, std::string> hashes{{"ada", engine.hashPassword("correct horse battery")}};

  const auto signIn = [&](const std::string& user, const std::string& password) {
    const auto found = hashes.find(user);
    const auto hash = found == hashes.end() ? std::nullopt : std::optional(found->second);
    const auto check = engine.checkPassword(password, hash);  // the same work for an unknown user
    if (check.rehash) hashes[user] = engine.hashPassword(password);
    return check.matches;
  };
  if (signIn("nobody", "correct horse battery") || !signIn("ada", "correct horse battery")) return 1;

  const auto created = engine.createSession(glitch_auth::UserId("ada"), "203.0.113.7", "my client");
  std::cout << engine.authenticate(created.tokens.accessToken).sub.str() << " is signed in\n";
  const auto next = engine.rotateRefreshToken(created.tokens.refreshToken);
  engine.terminateAllSessions(glitch_auth::UserId("ada"), "user_disabled");
  std::cout << engine.tryAuthenticate(next.tokens.accessToken).denial().code << '\n';
}
