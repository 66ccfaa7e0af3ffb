// Parses and prints the address of a server.
#include "web/doctor/server_url.h"

#include <stdexcept>

#include "engine/text/ascii.h"
#include "engine/text/host.h"
#include "web/http/client_address.h"

namespace glitch_protocol::web {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view reason) {
  throw std::runtime_error("\"" + std::string(text) + "\" " + std::string(reason) +
                           "; give the address that browsers use, such as https://auth.example.org");
}

int portOf(std::string_view digits, std::string_view url) {
  const auto port = parsePort(digits);
  if (!port || *port == 0) refuse(url, "has no valid port");
  return *port;
}

}  // namespace

ServerUrl ServerUrl::parse(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.scheme = Scheme::https;
    url.port = 443;
  } else if (!rest.starts_with("http://")) {
    refuse(text, "does not begin with http:// or https://");
  }
  rest.remove_prefix(url.isEncrypted() ? 8 : 7);
  if (rest.find_first_of("?#@ ") != std::string_view::npos)
    refuse(text, "contains more than scheme, host, port and path");

  std::string_view authority = rest.substr(0, rest.find('/'));
  url.base = rest.substr(authority.size());
  while (url.base.ends_with('/')) url.base.pop_back();

  const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) url.port = portOf(authority.substr(colon + 1), text);
  authority = authority.substr(0, colon);
  if (authority.starts_with('[') && authority.ends_with(']'))
    authority = authority.substr(1, authority.size() - 2);
  for (const char c : authority) url.host += toLower(c);
  if (url.host.empty()) refuse(text, "has no host");
  return url;
}

std::string ServerUrl::origin() const {
  std::string text = isEncrypted() ? "https://" : "http://";
  text += host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (isEncrypted() ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

bool ServerUrl::isLoopback() const {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  const auto address = IpAddress::parse(host);
  return address && (address->text().starts_with("127.") || address->text() == "::1");
}

}  // namespace glitch_protocol::web
