// Groups IP addresses that count as one client.
#pragma once

#include <string>
#include <string_view>

#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// The site of an address: an IPv4 address by itself, an IPv6 address by its /64, because a /64 is what a provider
/// assigns to a subscriber. A text that is not an address ("unix", "") is returned unchanged. *Thread-safe.*
std::string siteOf(std::string_view address);

}  // namespace v1
}  // namespace glitch_protocol
