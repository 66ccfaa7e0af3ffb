#include "engine/secret.h"

#include <algorithm>
#include <array>
#include <new>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

#include "tests/catch.h"

namespace glitch_protocol {
namespace {

// More than a string keeps inside itself, and less.
const std::string longBytes = "a secret that is longer than any small string";
const std::string shortBytes = "fifteen bytes!!";

template <class T, class = void>
struct IsPrintable : std::false_type {};
template <class T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

// A Secret in memory that stays readable after the Secret is gone.
class Aquarium {
 public:
  explicit Aquarium(const std::string& bytes) : secret_(new (memory_.data()) Secret(bytes)) {}
  Secret& secret() { return *secret_; }
  void destroy() { secret_->~Secret(); }
  bool shows(const std::string& bytes) const {
    return std::search(memory_.begin(), memory_.end(), bytes.begin(), bytes.end()) != memory_.end();
  }

 private:
  alignas(Secret) std::array<char, sizeof(Secret)> memory_{};
  Secret* secret_;
};

}  // namespace

TEST_CASE("a secret holds its bytes") {
  const auto bytes = GENERATE(as<std::string>(), longBytes, shortBytes, "", std::string("nul\0inside", 10));
  const Secret secret(bytes);
  CHECK(secret.view() == bytes);
  CHECK(secret.size() == bytes.size());
  CHECK(secret.empty() == bytes.empty());
}

TEST_CASE("a secret cannot be printed or turned into text by accident") {
  CHECK_FALSE(IsPrintable<Secret>::value);
  CHECK(IsPrintable<std::string>::value);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string_view>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
}

TEST_CASE("copies of a secret are independent") {
  Secret original(longBytes);
  Secret copy(original);
  original = Secret(shortBytes);
  CHECK(copy.view() == longBytes);
  CHECK(original.view() == shortBytes);
  copy = original;
  CHECK(copy.view() == shortBytes);
  const Secret& self = copy;
  copy = self;
  CHECK(copy.view() == shortBytes);
}

TEST_CASE("moving a secret empties the source") {
  const auto bytes = GENERATE(as<std::string>(), longBytes, shortBytes);
  Secret source(bytes);
  Secret target(std::move(source));
  CHECK(target.view() == bytes);
  CHECK(source.empty());
  Secret assigned("old");
  assigned = std::move(target);
  CHECK(assigned.view() == bytes);
  CHECK(target.empty());
}

TEST_CASE("a short secret leaves no bytes behind in the object that held it") {
  Aquarium aquarium(shortBytes);
  REQUIRE(aquarium.shows(shortBytes));
  SECTION("when moved from") {
    const Secret thief(std::move(aquarium.secret()));
    CHECK_FALSE(aquarium.shows("bytes"));
  }
  SECTION("when overwritten") {
    aquarium.secret() = Secret(longBytes);
    CHECK_FALSE(aquarium.shows("bytes"));
  }
  SECTION("when overwritten by a copy of a shorter one") {
    const Secret other("x");
    aquarium.secret() = other;
    CHECK_FALSE(aquarium.shows("bytes"));
  }
  aquarium.destroy();
}

TEST_CASE("a wiped string is empty and can be used again") {
  std::string text = longBytes;
  wipe(text);
  CHECK(text.empty());
  text = shortBytes;
  CHECK(text == shortBytes);
}

}  // namespace glitch_protocol
