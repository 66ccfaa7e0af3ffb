// The result of a call whose refusal is ordinary: a value, or why the caller was denied it.
//
// tryAuthenticate() and its like return one where the call without "try" throws an AuthError. An outage (StoreError,
// BusyError) is an exception in both cases: nothing was decided, so there is no result.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Why a token or a session was refused: what the AuthError in its place would say.
struct Denial {
  std::string_view code;  ///< a constant of namespace code (errors.h)
  std::string cause{};    ///< for the log only; may be empty
  UserId userId{};        ///< whom it concerns; empty where that is not known
  SessionId sessionId{};
};

/// Throws the AuthError for a denial: TokenError for TOKEN_..., otherwise SessionError.
[[noreturn]] void throwDenial(const Denial&);

/// A value or a denial. *One thread at a time.*
template <class Value>
class [[nodiscard]] Result {
 public:
  Result(Value value) : content_(std::move(value)) {}
  Result(Denial denial) : content_(std::move(denial)) {}

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  /// Only if ok(); otherwise std::bad_variant_access.
  const Value& value() const& { return std::get<0>(content_); }
  Value&& value() && { return std::get<0>(std::move(content_)); }
  const Value& operator*() const& { return value(); }
  const Value* operator->() const { return &value(); }

  /// Only if not ok(); otherwise std::bad_variant_access.
  const Denial& denial() const { return std::get<1>(content_); }

  /// The value, or else the exception of throwDenial().
  Value orThrow() && {
    if (!ok()) throwDenial(denial());
    return std::get<0>(std::move(content_));
  }

 private:
  std::variant<Value, Denial> content_;
};

}  // namespace v1
}  // namespace glitch_protocol
