// Prompts without echo, confirmations, printable text and tables.
#include "web/cli/terminal.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <istream>
#include <ostream>
#include <stdexcept>

#include "engine/text/encoding.h"
#include "engine/text/utf8.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t longestLine = 16 * 1024;

/// Saved for the signal handler that restores the echo.
termios terminalWithEcho;

void restoreEchoAndDie(int number) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminalWithEcho);
  ::signal(number, SIG_DFL);
  ::raise(number);
}

/// Switches the echo of the terminal off during its life; a signal that ends the process restores it. *One thread at
/// a time*, and one object at a time.
class EchoOff {
 public:
  EchoOff() : active_(::tcgetattr(STDIN_FILENO, &terminalWithEcho) == 0) {
    if (!active_) return;
    struct sigaction action {};
    action.sa_handler = restoreEchoAndDie;
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &before_[i]);
    termios silent = terminalWithEcho;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;
  ~EchoOff() {
    if (!active_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &terminalWithEcho);
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
  }

 private:
  static constexpr std::array<int, 4> signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

  // constant after construction
  const bool active_;
  std::array<struct sigaction, 4> before_{};
};

/// The next line of the input without its end.
std::string readLine(std::istream& in) {
  std::string line;
  for (char c = 0; in.get(c);) {
    if (c == '\n') return line;
    if (line.size() == longestLine) throw std::runtime_error("the line on standard input is too long");
    line += c;
  }
  if (line.empty()) throw std::runtime_error("there is nothing on standard input");
  return line;
}

Secret takeLine(std::istream& in) {
  std::string line = readLine(in);
  Secret secret(line);
  wipe(line);
  return secret;
}

std::string hexadecimal(std::uint32_t number, std::size_t digits) {
  std::string text;
  for (; number != 0 || text.size() < digits; number >>= 4)
    text.insert(text.begin(), "0123456789abcdef"[number & 0xF]);
  return text;
}

}  // namespace

Secret readHiddenLine(Terminal& terminal, std::string_view prompt) {
  if (terminal.input == Input::piped) return takeLine(terminal.in);
  terminal.err << prompt << std::flush;
  Secret line;
  {
    const EchoOff silence;
    line = takeLine(terminal.in);
  }
  terminal.err << '\n';
  return line;
}

Secret readNewPassword(Terminal& terminal) {
  Secret password = readHiddenLine(terminal, "New password: ");
  if (terminal.input == Input::piped) return password;
  if (!equalBytes(password.view(), readHiddenLine(terminal, "Repeat the password: ").view()))
    throw std::runtime_error("the two passwords differ; nothing was changed");
  return password;
}

bool isConfirmed(Terminal& terminal, std::string_view question) {
  if (terminal.input == Input::piped) return true;
  terminal.err << question << " [y/N] " << std::flush;
  const std::string answer = readLine(terminal.in);
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string printable(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto point = firstCodePoint(text);
    const std::size_t length = point ? point->length : 1;
    if (!point)
      line += "\\x" + hexadecimal(static_cast<unsigned char>(text.front()), 2);
    else if (!isUnsafe(point->value))
      line += text.substr(0, length);
    else if (point->value < 0x80)
      line += "\\x" + hexadecimal(point->value, 2);
    else
      line += "\\u{" + hexadecimal(point->value, 4) + "}";
    text.remove_prefix(length);
  }
  return line;
}

std::string formatTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  std::vector<std::vector<std::string>> lines;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    auto& cells = lines.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(printable(row[i]));
      widths[i] = std::max(widths[i], countCodePoints(cells[i]));
    }
  }
  std::string table;
  for (const auto& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      table += cells[i];
      if (i + 1 < cells.size()) table.append(widths[i] - countCodePoints(cells[i]) + 2, ' ');
    }
    table += '\n';
  }
  return table;
}

}  // namespace glitch_protocol::web
