// Tests of the list of common passwords.
#include "engine/passwords/common_passwords.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/engine/passwords/listed_passwords.h"

namespace glitch_protocol {

TEST_CASE("at least 10,000 passwords are listed, in order and without repetition") {
  const std::vector<std::string> words = listedPasswords();
  CHECK(words.size() >= 10000);
  CHECK(std::is_sorted(words.begin(), words.end()));
  CHECK(std::adjacent_find(words.begin(), words.end()) == words.end());
}

TEST_CASE("every listed password is 8 to 20 printable characters in lower case") {
  const std::vector<std::string> words = listedPasswords();
  const bool allAreValid = std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return word.size() >= 8 && word.size() <= 20 && std::all_of(word.begin(), word.end(), [](char c) {
             return c > ' ' && c <= '~' && !(c >= 'A' && c <= 'Z');
           });
  });
  CHECK(allAreValid);
}

TEST_CASE("every listed password is found, in upper case too") {
  std::size_t missed = 0;
  for (std::string word : listedPasswords()) {
    if (!isCommonPassword(word)) ++missed;
    for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (!isCommonPassword(word)) ++missed;
  }
  CHECK(missed == 0);
}

TEST_CASE("the most common passwords are found") {
  for (const char* password :
       {"password", "12345678", "123456789", "iloveyou", "Password1", "qwertyuiop", "sunshine"}) {
    CAPTURE(password);
    CHECK(isCommonPassword(password));
  }
}

TEST_CASE("other passwords are not found") {
  const auto password =
      GENERATE(as<std::string>(), "", "a", "passwor", "password ", " password", "password qwertyuiop", "\x01",
               "~~~~~~~~~~", "zzzzzzzzzzzzzzzzzzzzz", "correct horse battery staple", "bqzvkwpx",
               "\xff\xff\xff\xff\xff\xff\xff\xff");
  CAPTURE(password);
  CHECK_FALSE(isCommonPassword(password));
}

TEST_CASE("variations of listed passwords are found only if they are listed themselves") {
  const std::vector<std::string> words = listedPasswords();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < words.size(); i += 7) {
    for (const std::string& variation :
         {words[i] + "!", words[i].substr(0, words[i].size() - 1), "!" + words[i]}) {
      const bool isListed = std::binary_search(words.begin(), words.end(), variation);
      if (isCommonPassword(variation) != isListed) ++wrong;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace glitch_protocol
