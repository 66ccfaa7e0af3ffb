// Wipes secrets with OPENSSL_cleanse, and checks the strength of keys.
#include "engine/secret.h"

#include <openssl/crypto.h>

#include <bitset>
#include <utility>

namespace glitch_protocol::inline v1 {

// A short string is stored inside the object, and moving it makes a copy: the source keeps the bytes until it is wiped.
Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) {
  wipe(other.bytes_);
}

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  wipe(bytes_);
  bytes_ = other.bytes_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  wipe(bytes_);
  bytes_ = std::move(other.bytes_);
  wipe(other.bytes_);
  return *this;
}

Secret::~Secret() {
  wipe(bytes_);
}

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

std::optional<std::string> weaknessOfKey(std::string_view bytes) {
  constexpr std::size_t minBytes = 32;
  constexpr std::size_t minDistinctBytes = 8;
  if (bytes.size() < minBytes) return "has " + std::to_string(bytes.size()) + " bytes and needs at least 32";
  std::bitset<256> seen;
  for (const char byte : bytes) seen.set(static_cast<unsigned char>(byte));
  if (seen.count() < minDistinctBytes) return "consists of very few different characters";
  for (std::size_t period = 1; period <= bytes.size() / 2; ++period) {
    if (bytes.substr(period) == bytes.substr(0, bytes.size() - period)) return "repeats itself";
  }
  return std::nullopt;
}

}  // namespace glitch_protocol::inline v1
