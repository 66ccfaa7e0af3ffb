// Checks the framing of a request. It is strict because every proxy in front decides for itself where a request
// ends and which of two contradicting fields counts, and two interpretations of one byte stream are request
// smuggling. So anything that could be read in two ways is refused, and the connection closes, because it is
// unknown where the next request would begin.
//
// The header is checked line by line, each line by itself and in order; what involves several fields (Host, the
// length of the body) is checked only at its end. An incomplete line is refused only for what cannot improve with
// more bytes: it is too long, or does not begin with a method. That makes the result independent of how the network
// split the bytes.
//
//   request line --complete--> field lines --empty line--> checkHead --> needsBody or complete
//        |  incomplete: needsHead   |  incomplete: needsHead    |
//        +--------------------------+---------------------------+--> refused
//
// What is guaranteed for each result:
//  refused    `refusal` says why, and nothing else is set. More bytes cannot change the result.
//  needsHead  Every complete line has passed its checks, and the bytes so far keep all limits. Nothing else is set.
//  needsBody  The whole header is valid: there is one valid Host (HTTP/1.0 may omit it), the length is unambiguous
//             and keeps the limits, and there is a body only if the method allows one. All members are set, and the
//             views point into the bytes. Some of the body is missing.
//  complete   As needsBody, and the first headLength + bodyLength bytes are the request.

#include "web/connection/framing.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "engine/text/ascii.h"
#include "engine/text/host.h"

namespace glitch_protocol::web {
namespace {

constexpr std::size_t maxMethodBytes = 32;

constexpr std::array<bool, 256> tokenTable = [] {
  std::array<bool, 256> table{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c)
    table[c] = table[static_cast<unsigned char>(c - 'a' + 'A')] = true;
  return table;
}();

bool isToken(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return tokenTable[static_cast<unsigned char>(c)]; });
}

/// RFC 9110 5.5: visible characters, blanks and obs-text.
bool isFieldText(std::string_view text) {
  return !hasControl(text) || std::ranges::none_of(text, [](char c) { return isControl(c) && c != '\t'; });
}

/// Whether the comma-separated list contains the member.
bool lists(std::string_view list, std::string_view member) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equalIgnoringCase(trim(list.substr(0, comma)), member)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

struct Line {
  enum class End { missing, crLf, bareLf };
  End end = End::missing;
  std::string_view text;  ///< without CR LF
  std::size_t next = 0;   ///< where the next line begins
};

Line lineAt(std::string_view bytes, std::size_t from) {
  Line line;
  const std::size_t lf = bytes.find('\n', from);
  line.text = bytes.substr(from, lf == std::string_view::npos ? lf : lf - from);
  const bool cr = !line.text.empty() && line.text.back() == '\r';
  if (cr) line.text.remove_suffix(1);
  if (lf == std::string_view::npos) return line;
  line.end = cr ? Line::End::crLf : Line::End::bareLf;
  line.next = lf + 1;
  return line;
}

enum class Body { allowed, forbidden };
struct Method {
  std::string_view name;
  Body body;
};
constexpr std::array<Method, 8> methods{{{"GET", Body::forbidden},
                                         {"POST", Body::allowed},
                                         {"HEAD", Body::forbidden},
                                         {"OPTIONS", Body::forbidden},
                                         {"PUT", Body::allowed},
                                         {"PATCH", Body::allowed},
                                         {"DELETE", Body::allowed},
                                         {"TRACE", Body::forbidden}}};

const Method* findMethod(std::string_view name) {
  const auto* found =
      std::find_if(methods.begin(), methods.end(), [&](const Method& m) { return m.name == name; });
  return found == methods.end() ? nullptr : found;
}

/// Whether every implementation decodes this path and query in the same way: ASCII, no fragment, no
/// incomplete escape, no NUL.
bool isDecodable(std::string_view target) {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const auto c = static_cast<unsigned char>(target[i]);
    if (c <= 0x20 || c >= 0x7f || c == '#') return false;
    if (c != '%') continue;
    if (target.size() - i < 3 || hexValue(target[i + 1]) < 0 || hexValue(target[i + 2]) < 0) return false;
    if (target[i + 1] == '0' && target[i + 2] == '0') return false;
  }
  return true;
}

/// RFC 9112 3.2: origin-form, absolute-form (its authority wins over Host) and `OPTIONS *`.
bool readTarget(std::string_view target, Framing& framing) {
  if (target == "*") {
    framing.target = target;
    return framing.method == "OPTIONS";
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!equalIgnoringCase(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    framing.host = target.substr(0, end);
    framing.target = target.substr(end);
    return isHost(framing.host) && isDecodable(framing.target);
  }
  framing.target = target;
  return target.starts_with('/') && isDecodable(target);
}

/// Checks a request line that may be incomplete; returns the refusal if it is invalid.
std::optional<Refusal> checkRequestLine(const Line& line, const FramingLimits& limits, Framing& framing) {
  const std::size_t methodEnd = line.text.find(' ');
  framing.method = line.text.substr(0, methodEnd);
  if (!isToken(framing.method.substr(0, maxMethodBytes + 1))) return refusals::badRequestLine;
  if (framing.method.size() > maxMethodBytes) return refusals::unknownMethod;
  if (methodEnd == std::string_view::npos) {
    if (line.end == Line::End::missing) return std::nullopt;
    return refusals::badRequestLine;
  }
  const std::string_view afterMethod = line.text.substr(methodEnd + 1);
  const std::size_t targetEnd = afterMethod.find(' ');
  const std::string_view target = afterMethod.substr(0, targetEnd);
  if (target.size() > limits.targetBytes) return refusals::targetTooLong;
  if (line.end == Line::End::missing) return std::nullopt;

  if (line.end == Line::End::bareLf) return refusals::badLineEnd;
  if (framing.method.empty() || target.empty() || targetEnd == std::string_view::npos)
    return refusals::badRequestLine;
  const std::string_view version = afterMethod.substr(targetEnd + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return refusals::badVersion;
  framing.version = version == "HTTP/1.1" ? Framing::Version::http11 : Framing::Version::http10;
  if (framing.method == "CONNECT") return refusals::noTunnels;
  if (!findMethod(framing.method)) return refusals::unknownMethod;
  if (!readTarget(target, framing)) return refusals::badTarget;
  return std::nullopt;
}

/// The fields that determine the framing of a message, collected one by one.
struct FramingFields {
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::string_view host;
  std::string_view length;
  std::string_view coding;
  bool closes = false;
  bool expectsContinue = false;
  bool encoded = false;
};

/// Some servers and proxies decode percent escapes in field values after validating them, so fields that
/// frame or route a request must not contain any.
bool mayHoldPercent(std::string_view name) {
  constexpr std::array<std::string_view, 5> framingNames{"Content-Length", "Transfer-Encoding", "Host",
                                                         "Connection", "Expect"};
  return std::none_of(framingNames.begin(), framingNames.end(),
                      [&](std::string_view framingName) { return equalIgnoringCase(name, framingName); });
}

void gather(const Field& field, FramingFields& fields) {
  if (equalIgnoringCase(field.name, "Host")) {
    ++fields.hosts;
    fields.host = field.value;
  } else if (equalIgnoringCase(field.name, "Content-Length")) {
    ++fields.lengths;
    fields.length = field.value;
  } else if (equalIgnoringCase(field.name, "Transfer-Encoding")) {
    ++fields.codings;
    fields.coding = field.value;
  } else if (equalIgnoringCase(field.name, "Connection")) {
    fields.closes = fields.closes || lists(field.value, "close");
  } else if (equalIgnoringCase(field.name, "Expect")) {
    fields.expectsContinue = fields.expectsContinue || lists(field.value, "100-continue");
  } else if (equalIgnoringCase(field.name, "Content-Encoding")) {
    fields.encoded = fields.encoded || !equalIgnoringCase(field.value, "identity");
  }
}

/// Checks a complete field line by itself; returns the refusal if it is invalid, otherwise collects its
/// value.
std::optional<Refusal> checkFieldLine(const Line& line, FramingFields& fields, Framing& framing) {
  if (line.end == Line::End::bareLf) return refusals::badLineEnd;
  const std::size_t colon = line.text.find(':');
  if (colon == 0 || colon == std::string_view::npos) return refusals::badField;
  const Field field{line.text.substr(0, colon), trim(line.text.substr(colon + 1))};
  // This also refuses a blank before the colon and a folded line: neither is a token.
  if (!isToken(field.name) || !isFieldText(field.value)) return refusals::badField;
  if (field.value.find('%') != std::string_view::npos && !mayHoldPercent(field.name))
    return refusals::badField;
  gather(field, fields);
  framing.fields.push_back(field);
  return std::nullopt;
}

/// RFC 9112 6.1: a transfer coding together with a length, or in HTTP/1.0, is a means of request smuggling.
std::optional<Refusal> checkCoding(const FramingFields& fields, Framing::Version version) {
  if (fields.codings == 0) return std::nullopt;
  if (fields.lengths > 0 || version == Framing::Version::http10) return refusals::badCoding;
  if (fields.codings == 1 && equalIgnoringCase(fields.coding, "chunked")) return refusals::chunked;
  return refusals::unknownCoding;
}

std::optional<std::uint64_t> readLength(const FramingFields& fields) {
  if (fields.lengths == 0) return 0;  // RFC 9112 6.3: without a length and a coding there is no body
  if (fields.lengths > 1 || fields.length.empty() || fields.length.size() > 10) return std::nullopt;
  std::uint64_t length = 0;
  for (char c : fields.length) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return length;
}

/// Checks the header as a whole; returns the refusal if it is invalid, otherwise sets the framing.
std::optional<Refusal> checkHead(const FramingFields& fields, const FramingLimits& limits, Framing& framing) {
  const bool hostMissing = fields.hosts == 0 && framing.version == Framing::Version::http11;
  if (hostMissing || fields.hosts > 1) return refusals::badHost;
  if (fields.hosts == 1 && !isHost(fields.host)) return refusals::badHost;
  if (framing.host.empty()) framing.host = fields.host;

  if (auto refusal = checkCoding(fields, framing.version)) return refusal;
  const auto length = readLength(fields);
  if (!length) return refusals::badLength;
  if (*length > 0 && findMethod(framing.method)->body == Body::forbidden) return refusals::bodyNotAllowed;
  if (*length > limits.bodyBytes) return refusals::bodyTooLarge;
  if (*length > 0 && fields.encoded) return refusals::encodedBody;

  framing.bodyLength = static_cast<std::size_t>(*length);
  const bool http11 = framing.version == Framing::Version::http11;
  framing.persistence =
      http11 && !fields.closes ? Framing::Persistence::keepAlive : Framing::Persistence::close;
  framing.expectsContinue = http11 && fields.expectsContinue;
  return std::nullopt;
}

Framing refused(const Refusal& refusal) {
  Framing framing;
  framing.refusal = refusal;
  return framing;
}

Framing needsHead() {
  Framing framing;
  framing.result = Framing::Result::needsHead;
  return framing;
}

}  // namespace

Framing checkFraming(std::string_view received, const FramingLimits& limits, std::vector<Field> memory) {
  // RFC 9112 2.2: one empty line before the request is allowed, since some clients end a body with one.
  const std::size_t begin = received.starts_with("\r\n") ? 2 : 0;
  if (received == "\r") return needsHead();

  Framing framing;
  framing.fields = std::move(memory);
  framing.fields.clear();
  Line line = lineAt(received, begin);
  if (auto refusal = checkRequestLine(line, limits, framing)) return refused(*refusal);
  FramingFields fields;
  for (std::size_t count = 0; line.end != Line::End::missing; ++count) {
    const std::size_t lineBegin = line.next;
    line = lineAt(received, lineBegin);
    const std::size_t lineEnd = line.end == Line::End::missing ? received.size() : line.next;
    if (lineEnd - begin > limits.headBytes) return refused(refusals::headTooLarge);
    if (line.end == Line::End::missing) break;
    if (line.end == Line::End::crLf && line.text.empty()) {
      if (auto refusal = checkHead(fields, limits, framing)) return refused(*refusal);
      framing.headLength = line.next;
      const bool whole = received.size() - framing.headLength >= framing.bodyLength;
      framing.result = whole ? Framing::Result::complete : Framing::Result::needsBody;
      return framing;
    }
    if (count >= limits.fields) return refused(refusals::headTooLarge);
    if (auto refusal = checkFieldLine(line, fields, framing)) return refused(*refusal);
  }
  return needsHead();
}

void Framing::move(std::string_view from, std::string_view to) {
  const auto moved = [&](std::string_view view) {
    if (view.data() == nullptr) return view;
    return std::string_view(to.data() + (view.data() - from.data()), view.size());
  };
  method = moved(method);
  target = moved(target);
  host = moved(host);
  for (Field& field : fields) field = {moved(field.name), moved(field.value)};
}

}  // namespace glitch_protocol::web
