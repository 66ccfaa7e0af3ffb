// Holds secret bytes, such as keys, and wipes them when they are no longer needed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Owns secret bytes and wipes them on destruction, when overwritten, and when moved from. It has no operator<< and
/// converts to nothing, so that it cannot get into a log by accident. *One thread at a time.* (Threads may share a const one.)
class Secret {
 public:
  Secret() = default;
  /// Copies `bytes`; the caller remains responsible for wiping its own copy, for example with wipe().
  Secret(std::string_view bytes) : bytes_(bytes) {}
  Secret(const std::string& bytes) : bytes_(bytes) {}
  Secret(const char* bytes) : bytes_(bytes) {}
  Secret(std::nullptr_t) = delete;

  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept;
  Secret& operator=(const Secret&);
  Secret& operator=(Secret&&) noexcept;
  ~Secret();

  /// Valid until this Secret is changed or destroyed.
  std::string_view view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  std::string bytes_;
};

/// Why the bytes are too weak a key for signing tokens: fewer than 32 bytes (RFC 7518 section 3.2: as long as the
/// hash), fewer than 8 different values, or a repeated sequence. Returns the end of a sentence ("has 5 bytes ...") that
/// contains none of the bytes, or nothing for an acceptable key. The program applies stricter rules to secrets in its
/// configuration.
std::optional<std::string> weaknessOfKey(std::string_view bytes);

/// Overwrites all memory of the string, including its spare capacity, and empties it.
void wipe(std::string& bytes);

}  // namespace v1
}  // namespace glitch_protocol
