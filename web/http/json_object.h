// Reading a request body: strict JSON (RFC 8259), objects only, bounded. What gets past here means the same
// to every parser.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glitch_protocol::web {

/// Objects and arrays may stand this deep inside each other; the outermost object is 1.
inline constexpr std::size_t maxJsonDepth = 8;

/// The body cannot be read. `what()` says why in general words; it never quotes the body.
class BadJson : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The members of a request's object. No route reads anything but strings, so of everything else only the
/// presence is kept. *Immutable.*
class JsonObject {
 public:
  enum class Kind { string, null, other };
  struct Member {
    std::string name;
    Kind kind = Kind::other;
    std::string text;  ///< for strings, decoded; may hold U+0000
  };

  JsonObject() = default;
  explicit JsonObject(std::vector<Member> members) : members_(std::move(members)) {}

  /// Null when there is no member of that name. Valid as long as this object.
  const Member* find(std::string_view name) const;
  std::size_t size() const { return members_.size(); }

 private:
  std::vector<Member> members_;
};

/// Reads a body that is one object with nothing but white space around it. Throws BadJson for anything else:
/// also for invalid UTF-8, a byte order mark, a name used twice in any object, nesting over maxJsonDepth,
/// numbers that RFC 8259 does not allow or a double cannot hold, lone surrogates.
JsonObject readJsonObject(std::string_view body);

}  // namespace glitch_protocol::web
