// Measures the rate of libxcrypt alone on this machine: bare_bcrypt COST SECONDS computes bcrypt hashes on one thread
// for each core, and prints how many per second.
#include <crypt.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Count {
  std::size_t hashes = 0;
  Clock::duration time{};
};

/// Counts only complete hashes; the time ends with the last one.
Count hashFor(int cost, std::chrono::seconds seconds) {
  const auto memory = std::make_unique<crypt_data>();
  const std::string setting = "$2b$" + std::to_string(cost) + "$abcdefghijklmnopqrstuu";
  const Clock::time_point begin = Clock::now();
  Count count;
  while (count.time < seconds) {
    if (::crypt_rn("correct horse battery", setting.c_str(), memory.get(), sizeof *memory) == nullptr)
      return {};
    ++count.hashes;
    count.time = Clock::now() - begin;
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: bare_bcrypt COST SECONDS\n";
    return 2;
  }
  const int cost = std::stoi(argv[1]);
  const std::chrono::seconds seconds(std::stoi(argv[2]));
  std::atomic<double> perSecond = 0;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
    threads.emplace_back([&] {
      const Count count = hashFor(cost, seconds);
      perSecond += static_cast<double>(count.hashes) / std::chrono::duration<double>(count.time).count();
    });
  }
  threads.clear();
  std::cout << R"({"perSecond":)" << perSecond << "}\n";
}
