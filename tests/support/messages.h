// What tests ask of sentences: the one that a refusal says, and whether it mentions something.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace glitch_protocol {

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// What the exception of type Error says that `action` throws; "" when it throws none.
template <class Error, class Action>
std::string messageOf(Action action) {
  try {
    action();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace glitch_protocol
