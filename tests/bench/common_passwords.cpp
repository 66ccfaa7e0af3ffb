// Measures lookups in the list of common passwords: common_passwords SECONDS looks up every listed password and as many
// that are not listed, in random order, and prints how many per second.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "engine/passwords/common_passwords.h"
#include "tests/engine/passwords/listed_passwords.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: common_passwords SECONDS\n";
    return 2;
  }
  const std::chrono::seconds seconds(std::stoi(argv[1]));
  std::vector<std::string> asked = glitch_protocol::listedPasswords();
  const std::size_t listed = asked.size();
  for (std::size_t i = 0; i < listed; ++i) asked.push_back(asked[i] + "~");
  std::shuffle(asked.begin(), asked.end(), std::mt19937{1});

  std::size_t lookups = 0;
  std::size_t found = 0;
  std::chrono::steady_clock::duration time{};
  for (const auto begin = std::chrono::steady_clock::now(); time < seconds;) {
    for (const std::string& password : asked) found += glitch_protocol::isCommonPassword(password) ? 1 : 0;
    lookups += asked.size();
    time = std::chrono::steady_clock::now() - begin;
  }
  if (found * 2 != lookups) {
    std::cerr << "found " << found << " of " << lookups / 2 << "\n";
    return 1;
  }
  std::cout << R"({"perSecond":)"
            << static_cast<double>(lookups) / std::chrono::duration<double>(time).count() << "}\n";
}
