// Fuzzes the JSON reader: any bytes are one object or BadJson; accepted text is UTF-8, and writing and
// reading it again gives the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "engine/text/utf8.h"
#include "web/http/json_reader.h"
#include "web/http/json_writer.h"

using namespace glitch_protocol;
using namespace glitch_protocol::web;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string written = JsonWriter().string(body).text();
  if (!isUtf8(written)) std::abort();
  JsonWriter json;
  json.beginObject().key("text").string(body).endObject();
  const picojson::object echo = readJsonObject(json.text());
  if (isUtf8(body) && echo.at("text").get<std::string>() != body) std::abort();
  try {
    const picojson::object object = readJsonObject(body);
    if (!isUtf8(body)) std::abort();
    for (const auto& [name, value] : object) {
      if (!isUtf8(name) || (value.is<std::string>() && !isUtf8(value.get<std::string>()))) std::abort();
    }
  } catch (const BadJson&) {
  }
  return 0;
}
