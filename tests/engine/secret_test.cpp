// Tests of Secret and of wipe().
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

// Longer and shorter than what a string stores within the object.
const std::string longBytes = "a secret that is longer than any small string";
const std::string shortBytes = "fifteen bytes!!";

template <class T, class = void>
struct IsPrintable : std::false_type {};
template <class T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<const T&>())>>
    : std::true_type {};

// A Secret whose memory can be read while it exists and after it is destroyed.
class ReadableSecret {
 public:
  explicit ReadableSecret(const std::string& bytes) : secret_(new (memory_.data()) Secret(bytes)) {}
  Secret& secret() { return *secret_; }
  void destroy() { secret_->~Secret(); }
  bool contains(const std::string& bytes) const {
    return std::search(memory_.begin(), memory_.end(), bytes.begin(), bytes.end()) != memory_.end();
  }

 private:
  alignas(Secret) std::array<char, sizeof(Secret)> memory_{};
  Secret* secret_;
};

}  // namespace

TEST_CASE("a secret contains its bytes") {
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

TEST_CASE("a short secret leaves none of its bytes in the object") {
  ReadableSecret readable(shortBytes);
  REQUIRE(readable.contains(shortBytes));
  SECTION("when moved from") {
    const Secret target(std::move(readable.secret()));
    CHECK_FALSE(readable.contains("bytes"));
  }
  SECTION("when overwritten") {
    readable.secret() = Secret(longBytes);
    CHECK_FALSE(readable.contains("bytes"));
  }
  SECTION("when overwritten by a copy of a shorter one") {
    const Secret other("x");
    readable.secret() = other;
    CHECK_FALSE(readable.contains("bytes"));
  }
  readable.destroy();
}

TEST_CASE("a wiped string is empty and can be assigned again") {
  std::string text = longBytes;
  wipe(text);
  CHECK(text.empty());
  text = shortBytes;
  CHECK(text == shortBytes);
}

}  // namespace glitch_protocol
