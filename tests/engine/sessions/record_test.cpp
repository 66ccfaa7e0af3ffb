// Tests of the format of cache values.
#include "engine/sessions/record.h"

#include "tests/catch.h"

using namespace glitch_protocol;

TEST_CASE("the fields of a truncated record read as missing") {
  RecordWriter out;
  out.number(7);
  out.text("text");
  const std::string whole = out.take();
  RecordReader in(whole);
  CHECK(in.number() == 7);
  CHECK(in.text() == "text");
  CHECK(in.ok());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    RecordReader truncated(std::string_view(whole).substr(0, size));
    truncated.number();
    CHECK(truncated.text().empty());
    CHECK_FALSE(truncated.ok());
  }
}
