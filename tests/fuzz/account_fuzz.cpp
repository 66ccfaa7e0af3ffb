// Fuzzes registration data: an e-mail address has one normalized form, and bcrypt uses every byte of an
// accepted password.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "engine/passwords/password_rules.h"
#include "engine/text/email.h"
#include "engine/text/utf8.h"

namespace {

using namespace glitch_protocol;

void require(bool condition) {
  if (!condition) std::abort();
}

void checkEmail(std::string_view text) {
  const auto email = normalizeEmail(text);
  if (!email) return;
  require(email->size() == text.size() && email->size() <= 254);
  require(normalizeEmail(*email) == email);
  require(std::ranges::count(*email, '@') == 1);
  require(std::ranges::all_of(*email, [](char c) { return c > ' ' && c <= '~' && !(c >= 'A' && c <= 'Z'); }));
}

void checkPassword(std::string_view text) {
  const PasswordRules rules;
  const auto error = checkNewPassword("password", text, "ada@example.org", rules);
  if (error) {
    require(error->field == "password" && !error->code.empty() && !error->message.empty());
    // A refusal names the problem and never quotes the input, so there are only a few messages.
    static std::set<std::string> messages;
    messages.insert(error->message);
    require(messages.size() <= 6);
    return;
  }
  require(!checkHashable("password", text));
  require(text.size() >= rules.minLength && text.size() <= 72 && text.find('\0') == std::string_view::npos);
  require(text != "ada@example.org");
  // If a password is only too short, no other problem is reported.
  const auto strict = checkNewPassword("password", text, "ada@example.org", PasswordRules{64});
  require(!strict || strict->code == "TOO_SHORT");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  checkEmail(text);
  checkPassword(text);
  return 0;
}
