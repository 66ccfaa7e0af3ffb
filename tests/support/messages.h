// For tests of messages: the message of an exception, and whether a text contains a part.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace glitch_protocol {

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The message of the exception of type Error that `action` throws; "" if it throws none.
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
