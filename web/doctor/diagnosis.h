// What `auth-server doctor` says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// error: people cannot sign in, or are not safe. warning: it works, and will hurt some day, or some people.
enum class Severity { error, warning };

/// Something that is wrong, in words for the operator.
struct Finding {
  Severity severity = Severity::error;
  std::string what;
  std::string why;           ///< what it leads to
  std::string change;        ///< what to do about it
  std::string setting = {};  ///< the setting of auth.conf that is meant; empty: none
};

/// One thing that was looked at. With neither findings nor a reason not to check it, all is well.
struct Check {
  std::string_view topic;
  std::vector<Finding> findings = {};
  std::string notChecked = {};  ///< why it could not be looked at, and what that would take
};

using Diagnosis = std::vector<Check>;

inline bool isHealthy(const Diagnosis& diagnosis) {
  for (const Check& check : diagnosis)
    if (!check.findings.empty()) return false;
  return true;
}

}  // namespace glitch_protocol::web
