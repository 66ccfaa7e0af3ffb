// Fuzzes server-sent events: whatever a user agent, an address or a reason contains, one event is one frame
// of two lines, and its data is JSON with the same values.
#include <fuzzer/FuzzedDataProvider.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/text/utf8.h"
#include "web/api/event_stream.h"
#include "web/http/json_reader.h"

namespace {

using namespace glitch_protocol;
using namespace glitch_protocol::web;

void require(bool condition) {
  if (!condition) std::abort();
}

/// The data of the only event in `text`, parsed as a browser does (HTML standard, 9.2.6).
std::string_view onlyData(std::string_view text, std::string_view name) {
  const std::string begin = "event: " + std::string(name) + "\ndata: ";
  require(text.starts_with(begin) && text.ends_with("\n\n"));
  const std::string_view data = text.substr(begin.size(), text.size() - begin.size() - 2);
  // Each of these would end the line; U+0000 would be dropped.
  require(data.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  return data;
}

/// The expected output for valid UTF-8; JsonWriter repairs the rest (json_fuzz.cpp).
bool says(const picojson::object& object, const std::string& name, const std::string& text) {
  const auto member = object.find(name);
  return member != object.end() && (!isUtf8(text) || member->second.get<std::string>() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  SessionInfo session;
  session.id = SessionId(input.ConsumeRandomLengthString(64));
  session.client.ipAddress = input.ConsumeRandomLengthString(64);
  session.client.userAgent = input.ConsumeRandomLengthString(600);
  session.createdAt = TimePoint(std::chrono::milliseconds(input.ConsumeIntegral<std::int64_t>()));
  const std::string reason = input.ConsumeRemainingBytesAsString();

  const std::string added = formatEvent(SessionNewEvent{session}, session.id);
  require(readJsonObject(onlyData(added, "SESSION_NEW")).contains("session"));
  const std::string listed = formatEvent(SessionsUpdatedEvent{{session, session}, 2}, SessionId("other"));
  require(readJsonObject(onlyData(listed, "SESSIONS_UPDATED")).size() == 2);

  const std::string ended = formatEvent(SessionTerminatedEvent{session.id, reason}, session.id);
  const picojson::object ending = readJsonObject(onlyData(ended, "SESSION_TERMINATED"));
  require(ending.size() == 2 && says(ending, "sessionId", session.id.str()) &&
          says(ending, "reason", reason));

  const std::string_view retry = "retry: 3000\n\n";
  const std::string connected = formatConnected(SocketId(reason), session.id);
  require(connected.starts_with(retry));
  const picojson::object begin =
      readJsonObject(onlyData(std::string_view(connected).substr(retry.size()), "CONNECTED"));
  require(begin.size() == 2 && says(begin, "socketId", reason) && says(begin, "sessionId", session.id.str()));
  return 0;
}
