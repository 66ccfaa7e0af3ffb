// Bytes that must not outlive their use: keys, and whatever else would hurt in a core dump.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace glitch_protocol {

/// Owns secret bytes and wipes them: on destruction, when overwritten, and when moved from. It has no
/// operator<< and converts to nothing, so it reaches no log by accident. *One thread at a time.* (Sharing a
/// const one is fine.)
class Secret {
 public:
  Secret() = default;
  /// Copies `bytes`; the caller's own copy is the caller's to wipe (or to have wiped by wipe()).
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}

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

/// Why the bytes are no key to sign tokens with: fewer than 32 (RFC 7518 section 3.2: as long as the hash), of fewer
/// than 8 different values, or repeating themselves. The end of a sentence ("has 5 bytes ..."), without any of the
/// bytes; nothing when they will do. What a configuration file may hold is judged more strictly by the program.
std::optional<std::string> weaknessOfKey(std::string_view bytes);

/// Overwrites all of the string's memory, its spare capacity included, and empties it.
void wipe(std::string& bytes);

}  // namespace glitch_protocol
