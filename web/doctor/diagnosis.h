// The diagnosis of `auth-server doctor`: what was checked, and what is wrong.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glitch_protocol::web {

/// error: people cannot sign in, or are not safe. warning: it works, but will fail later or for some people.
enum class Severity { error, warning };

/// Something that is wrong, described for the operator.
struct Finding {
  Severity severity = Severity::error;
  std::string what;
  std::string why;           ///< the consequence
  std::string change;        ///< what to do about it
  std::string setting = {};  ///< the setting of auth.conf to change; empty if none
};

/// One topic. It is fine if there are no findings and `notChecked` is empty.
struct Check {
  std::string_view topic;
  std::vector<Finding> findings = {};
  std::string notChecked = {};  ///< why it could not be checked, and what that requires
};

using Diagnosis = std::vector<Check>;

inline bool isHealthy(const Diagnosis& diagnosis) {
  for (const Check& check : diagnosis)
    if (!check.findings.empty()) return false;
  return true;
}

}  // namespace glitch_protocol::web
