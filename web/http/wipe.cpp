#include "web/http/wipe.h"

#include <string.h>

#include <array>

namespace glitch_protocol::web {

void wipe(std::span<char> bytes) {
  ::explicit_bzero(bytes.data(), bytes.size());
}

void wipeForReuse(std::string& buffer) {
  constexpr std::size_t maxKeptBytes = 64 * 1024;
  wipe(buffer);
  buffer.clear();
  if (buffer.capacity() > maxKeptBytes) std::string().swap(buffer);
}

[[gnu::noinline]] void wipeStack() {
  std::array<char, 16 * 1024> below;  // NOLINT(cppcoreguidelines-pro-type-member-init): overwritten at once
  wipe(below);
}

}  // namespace glitch_protocol::web
