// The server with options that its configuration does not offer: bench_server WRITES_PER_COMMIT STREAMS_PER_USER. They
// are the max number of waiting writes that share a commit (1: each has its own) and the max number of event streams of
// a user.
#include <chrono>
#include <iostream>
#include <string>

#include "tests/bench/served_api.h"
#include "web/connection/server.h"

int main(int argc, char** argv) {
  using namespace glitch_protocol;
  if (argc != 3) {
    std::cerr << "usage: bench_server WRITES_PER_COMMIT STREAMS_PER_USER\n";
    return 2;
  }
  store::SqliteOptions options;
  options.path = "auth.db";
  options.writesPerCommit = std::stoul(argv[1]);
  web::ApiConfig apiConfig;
  apiConfig.maxStreamsPerUser = std::stoul(argv[2]);
  apiConfig.rateLimits = web::RateLimits::off();
  web::ConnectionLimits limits;
  limits.maxConnections += apiConfig.maxStreamsPerUser;

  bench::ServedApi served(options, apiConfig);
  web::ConnectionServer server(limits, served.api(), served.log());
  server.listen("127.0.0.1:0");
  server.start();
  std::cout << "bench_server listens on http://" << server.addresses().front() << std::endl;
  bench::waitForEndOfInput();
  served.hub().finishAll();
  server.stop(std::chrono::seconds(1));
}
