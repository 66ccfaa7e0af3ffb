// The server's routes on a stock httplib::Server instead of web/connection/: stock_httplib THREADS
#include <httplib.h>

#include <iostream>
#include <limits>
#include <string>
#include <thread>

#include "tests/bench/served_api.h"
#include "web/api/mount.h"

int main(int argc, char** argv) {
  using namespace glitch_protocol;
  const std::size_t threads = argc == 2 ? std::stoul(argv[1]) : 0;
  if (threads == 0) {
    std::cerr << "usage: stock_httplib THREADS\n";
    return 2;
  }
  store::SqliteOptions options;
  options.path = "auth.db";
  bench::ServedApi served(options, {});

  // By default httplib closes a connection after 5 requests and has 8 threads or one for each core but one, so it could
  // not serve 32 connections at all; and Nagle's algorithm would delay its answers.
  httplib::Server server;
  server.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server.set_keep_alive_max_count(std::numeric_limits<int>::max());
  server.set_keep_alive_timeout(60);
  server.set_tcp_nodelay(true);
  web::mountAuthRoutes(server, served.api());

  const int port = server.bind_to_any_port("127.0.0.1");
  std::jthread serving([&server] { server.listen_after_bind(); });
  std::cout << "stock_httplib listens on http://127.0.0.1:" << port << std::endl;
  bench::waitForEndOfInput();
  served.hub().finishAll();
  server.stop();
}
