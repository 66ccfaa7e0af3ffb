// Header fields of a request, with lookup by name.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// One header field as sent, with surrounding white space removed from the value. Views on memory that the
/// caller owns.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// Appends "name: value" and CR LF. The caller has checked both.
void appendFieldLine(std::string& lines, std::string_view name, std::string_view value);

/// The fields of one request in the order sent. Names ignore case (RFC 9110 section 5.1). Views on memory
/// that the caller owns. *Immutable.*
class FieldList {
 public:
  FieldList() = default;
  FieldList(std::span<const Field> fields) : fields_(fields) {}

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

  /// The number of fields with this name, and the value of the first; "" when there is none.
  struct Lookup {
    std::size_t count = 0;
    std::string_view value;
  };
  Lookup find(std::string_view name) const;

  /// The value of the first field of this name; "" when there is none.
  std::string_view value(std::string_view name) const { return find(name).value; }
  /// The values of all fields of this name, in order.
  std::vector<std::string_view> values(std::string_view name) const;

 private:
  std::span<const Field> fields_;
};

}  // namespace glitch_protocol::web
