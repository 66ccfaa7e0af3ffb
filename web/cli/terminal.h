// Talking to the person, or the script, that runs a command.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "engine/secret.h"

namespace glitch_protocol::web {

/// Where standard input comes from: a keyboard, which can be asked, or a file or pipe, which is just read.
enum class Input { typed, piped };

/// The three streams of a command: data goes to `out`, everything said about it to `err`. Borrowed.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Input input = Input::piped;
};

/// One line without its end, typed without echo after `prompt`, or read from the pipe without a word. Throws
/// std::runtime_error when there is none, or it is longer than 16 KiB.
Secret readHiddenLine(Terminal&, std::string_view prompt);

/// A new password: typed twice, or one line of the pipe. Throws std::runtime_error when the two differ.
Secret readNewPassword(Terminal&);

/// Whether the person at the keyboard answers yes; where nobody can be asked, the command itself was the
/// answer.
bool isConfirmed(Terminal&, std::string_view question);

/// `text` as one line that a terminal shows and does not obey: control characters, invisible and
/// bidirectional format characters and what is not UTF-8 are spelled \xNN or \u{NNNN}.
std::string printable(std::string_view text);

/// Rows of cells, the first row being the heading, as aligned columns. Cells are made printable().
std::string formatTable(const std::vector<std::vector<std::string>>& rows);

}  // namespace glitch_protocol::web
