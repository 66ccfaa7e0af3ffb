// Random sources for tests: one that repeats the same bytes in every run, and one that fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "engine/random.h"

namespace glitch_protocol {

/// Fills with bytes that are the same in every run and different in every call: a scrambled counter. *Thread-safe.*
class CountingRandom : public RandomSource {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      if (i % 8 == 0) word = scramble(++counter_);
      bytes[i] = static_cast<std::uint8_t>(word >> (8 * (i % 8)));
    }
  }

 private:
  /// A bijection on 64 bits, so that two words never collide.
  static std::uint64_t scramble(std::uint64_t x) {
    x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 29)) * 0xD6E8FEB86659FD93u;
    return x ^ (x >> 32);
  }

  std::atomic<std::uint64_t> counter_{0};
};

/// Always throws std::runtime_error and fills nothing. *Thread-safe.*
class FailingRandom : public RandomSource {
 public:
  void fill(std::span<std::uint8_t>) override { throw std::runtime_error("no randomness to be had"); }
};

}  // namespace glitch_protocol
