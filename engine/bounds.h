// The ends of what numbers of the configuration may be, for everybody who reads or checks them.
#pragma once

#include <chrono>
#include <cstddef>

namespace glitch_protocol {

/// Both ends are allowed.
template <class Value>
struct Bounds {
  Value least;
  Value most;
};

/// What validate(const EngineConfig&) and Accounts allow for the members of these names (engine_config.h,
/// password_rules.h).
namespace bounds {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

inline constexpr Bounds<minutes> accessTokenExpiryMinutes{minutes{1}, minutes{1440}};
inline constexpr Bounds<days> refreshTokenExpiryDays{days{1}, days{400}};
inline constexpr Bounds<int> bcryptRounds{10, 15};
inline constexpr Bounds<seconds> refreshReuseWindowSeconds{seconds{0}, seconds{300}};
inline constexpr Bounds<days> sessionAbsoluteDays{days{0}, days{3650}};
inline constexpr Bounds<std::size_t> minLength{8, 64};

}  // namespace bounds
}  // namespace glitch_protocol
