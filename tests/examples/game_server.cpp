// A daemon without HTTP: a line protocol on standard input whose players stay signed in, on the engine and the store.
#include <glitch_auth/engine/engine.h>
#include <glitch_auth/store/memory_cache.h>
#include <glitch_auth/store/sqlite_database.h>

#include <iostream>
#include <string>

using namespace glitch_protocol;

int main() {
  const auto database = store::SqliteDatabase::inMemory();
  store::MemoryCache cache(systemClock());
  Engine engine(*database, cache, noopBroadcaster(),
                {.jwtSecret = "an example's secret of 32 bytes and more", .userDirectory = trustCaller()});
  for (std::string verb, word; std::cin >> verb >> word;) {
    if (verb == "join") {
      std::cout << engine.createSession(UserId(word), "", "game").tokens.accessToken << std::endl;
    } else if (verb == "move") {
      const auto player = engine.tryAuthenticate(word);
      std::cout << (player ? "moved " + player->sub.str() : "refused " + std::string(player.denial().code))
                << std::endl;
    } else if (verb == "kick") {
      std::cout << "ended " << engine.terminateAllSessions(UserId(word), "kicked") << std::endl;
    }
  }
}
