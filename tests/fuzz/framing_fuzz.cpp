// Fuzzes the framing check: for any bytes the result does not depend on how the network splits them, the
// lengths keep the limits and lie within the bytes, and the fields of a valid request can be read.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "web/connection/framing.h"

namespace {

using glitch_protocol::web::checkFraming;
using glitch_protocol::web::Field;
using glitch_protocol::web::Framing;
using glitch_protocol::web::FramingLimits;
using Result = Framing::Result;

// Small limits, so that short inputs reach them.
constexpr FramingLimits limits{.headBytes = 512, .fields = 8, .bodyBytes = 64, .targetBytes = 64};

void require(bool condition) {
  if (!condition) std::abort();
}

void checkPassed(const Framing& framing, std::string_view bytes) {
  require(framing.headLength >= 18 && framing.headLength <= limits.headBytes + 2);
  require(framing.bodyLength <= limits.bodyBytes);
  require(framing.target.size() <= limits.targetBytes);
  require(bytes.substr(framing.headLength - 4, 4) == "\r\n\r\n");
  require((framing.result == Result::complete) == (bytes.size() >= framing.headLength + framing.bodyLength));
  for (const Field& field : framing.fields) {
    require(!field.name.empty());
    for (char c : field.value) require(c == '\t' || static_cast<unsigned char>(c) >= 0x20);
  }
  require(framing.fields.size() <= limits.fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Framing whole = checkFraming(bytes, limits);
  const bool passed = whole.result == Result::complete || whole.result == Result::needsBody;
  if (passed) checkPassed(whole, bytes);

  for (std::size_t cut = 0; cut < size; ++cut) {
    const Framing part = checkFraming(bytes.substr(0, cut), limits);
    if (part.result == Result::refused) {
      require(whole.result == Result::refused && whole.refusal.status == part.refusal.status);
    } else if (part.result != Result::needsHead) {
      require(passed && whole.headLength == part.headLength && whole.bodyLength == part.bodyLength);
      require(whole.persistence == part.persistence);
    }
  }
  return 0;
}
