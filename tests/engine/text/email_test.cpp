// Tests of validating and normalising e-mail addresses.
#include "engine/text/email.h"

#include "tests/catch.h"

using namespace glitch_protocol;

TEST_CASE("an e-mail address is printable ASCII with one @, and is normalised to lower case") {
  CHECK(normalizeEmail("Ada.Lovelace+X@Example.ORG") == "ada.lovelace+x@example.org");
  CHECK(normalizeEmail(std::string(64, 'a') + "@" + std::string(189, 'b')).has_value());
  for (const std::string& bad :
       {std::string{}, std::string{"@"}, std::string{"a@"}, std::string{"@b"}, std::string{"a@b@c"},
        std::string{"a b@c"}, std::string{"a@b\n"}, std::string{"\xC3\xA9@b.org"},
        std::string("a@b\0.org", 8), std::string{"a@.b"}, std::string{"a@b."},
        std::string(65, 'a') + "@b.org", std::string(64, 'a') + "@" + std::string(190, 'b')}) {
    CAPTURE(bad);
    CHECK_FALSE(normalizeEmail(bad).has_value());
  }
}
