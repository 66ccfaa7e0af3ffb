// Input from and output to the person or script that runs a command.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"

namespace glitch_protocol::web {

/// Where standard input comes from: a keyboard, with prompts, or a file or pipe, without.
enum class Input { typed, piped };

/// The three streams of a command: data goes to `out`, messages go to `err`. Borrowed.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Input input = Input::piped;
};

/// One line without its end: typed without echo after `prompt`, or read from the pipe without a prompt. Throws
/// std::runtime_error if there is none or it is longer than 16 KiB.
Secret readHiddenLine(Terminal&, std::string_view prompt);

/// A new password: typed twice, or one line of the pipe. Throws std::runtime_error if the two differ.
Secret readNewPassword(Terminal&);

/// Whether the person at the keyboard answers yes. True without a keyboard, where nobody can be asked.
bool isConfirmed(Terminal&, std::string_view question);

/// `text` as one line that is safe to print on a terminal: control characters, invisible and bidirectional format
/// characters, and bytes that are not UTF-8 are written as \xNN or \u{NNNN}.
std::string printable(std::string_view text);

/// Rows of cells as aligned columns; the first row is the heading. Cells are made printable().
std::string formatTable(const std::vector<std::vector<std::string>>& rows);

}  // namespace glitch_protocol::web
