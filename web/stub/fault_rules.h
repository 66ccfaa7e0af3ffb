// Fault rules: which requests of a world fail, and how.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/http/fields.h"
#include "web/http/json_writer.h"

namespace glitch_protocol::web {

/// One rule. Empty members have no effect; a rule with only a delay just delays.
struct FaultRule {
  enum class Drop {
    none,
    request,  ///< the request is not executed and not answered
    answer,   ///< the request is executed, and its answer is lost
  };

  std::string method;  ///< empty: any
  std::string path;    ///< exact, or a prefix with `*` at its end; empty: any
  std::optional<int> status;
  std::string code;  ///< with a status: sent instead of the answer of the handler
  std::chrono::milliseconds delay{0};
  Drop drop = Drop::none;
  std::optional<std::size_t> truncate;  ///< only this many bytes of the body are sent
  std::optional<std::int64_t> times;    ///< how many more times it applies; empty: always
};

/// Whether `path` equals `pattern` or, if that ends in `*`, begins with the part before it.
bool matchesPath(std::string_view pattern, std::string_view path);

/// Reads `{faults: [...]}`. Throws ValidationError.
std::vector<FaultRule> readFaultRules(const picojson::object& body);
/// Writes the rules in the form that readFaultRules() reads.
void writeFaultRules(JsonWriter&, const std::vector<FaultRule>&);

/// The rules of one world. *Thread-safe.*
class FaultRules {
 public:
  /// Adds the number of its rules with a delay to `delaying`, which several worlds share.
  explicit FaultRules(std::atomic<std::size_t>& delaying) : delaying_(delaying) {}

  void replace(std::vector<FaultRule> rules);
  std::vector<FaultRule> list() const;
  /// Returns the first rule that matches the request and still applies, and counts its use.
  std::optional<FaultRule> take(std::string_view method, std::string_view path);

 private:
  // locks itself
  std::atomic<std::size_t>& delaying_;

  mutable Mutex mutex_;
  std::vector<FaultRule> rules_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
