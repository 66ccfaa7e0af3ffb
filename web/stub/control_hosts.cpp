#include "web/stub/control_hosts.h"

#include <algorithm>
#include <cstdint>

#include "engine/text/ascii.h"
#include "engine/text/host.h"
#include "web/config/config.h"
#include "web/config/setting_values.h"
#include "web/config/settings.h"
#include "web/http/client_address.h"

namespace glitch_protocol::web {
namespace {

/// The text without a port; an IPv6 address keeps its brackets.
std::string_view withoutPort(std::string_view host) {
  const std::size_t colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
  return host.substr(0, colon);
}

/// With or without brackets.
std::optional<IpAddress> addressOf(std::string_view name) {
  const bool inBrackets = name.size() >= 2 && name.starts_with('[') && name.ends_with(']');
  return IpAddress::parse(inBrackets ? name.substr(1, name.size() - 2) : name);
}

bool isLoopbackAddress(const IpAddress& address) {
  constexpr std::string_view prefix = "127.";
  return address == *IpAddress::parse("::1") || address.text().starts_with(prefix);
}

/// RFC 6761, 6.3: localhost and what ends in .localhost.
bool isLoopbackName(std::string_view name) {
  constexpr std::string_view localhost = "localhost";
  if (name.size() < localhost.size()) return false;
  const std::string_view end = name.substr(name.size() - localhost.size());
  const std::string_view rest = name.substr(0, name.size() - localhost.size());
  return equalIgnoringCase(end, localhost) && (rest.empty() || rest.ends_with('.'));
}

bool isSameHost(std::string_view one, std::string_view other) {
  const auto address = addressOf(one);
  return equalIgnoringCase(one, other) || (address && address == addressOf(other));
}

[[noreturn]] void refuse(const std::string& reason) {
  throw ConfigError(
      {"option --allow-public: " + reason +
       " (allowed: a list of the names and addresses by which others reach the stub, without ports)"});
}

}  // namespace

ControlHosts::ControlHosts(std::string_view list) {
  try {
    named_ = parseList(list);
  } catch (const BadValue& bad) {
    refuse(bad.what());
  }
  if (named_.empty()) refuse("it names no host");
  for (const std::string& name : named_)
    if (!addressOf(name) &&
        (!isHost(name) || withoutPort(name) != name || name.find('*') != std::string::npos))
      refuse("\"" + name + "\" is not a host name");
}

bool ControlHosts::accept(std::string_view host, std::string_view peer) const {
  if (peer == "unix") return true;
  const std::string_view name = withoutPort(host);
  const auto address = addressOf(name);
  if (address ? isLoopbackAddress(*address) : isLoopbackName(name)) return true;
  return std::ranges::any_of(named_, [&](const std::string& known) { return isSameHost(known, name); });
}

}  // namespace glitch_protocol::web
