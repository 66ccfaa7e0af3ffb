// Faults as data: what shall go wrong with which requests.
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

/// One rule. What it leaves empty does not happen; a rule with a delay alone only delays.
struct FaultRule {
  enum class Drop {
    none,
    request,  ///< nothing is carried out, and nothing answered
    answer,   ///< the request is carried out, and its answer lost
  };

  std::string method;  ///< empty: any
  std::string path;    ///< exactly, or with a `*` at its end whatever begins so; empty: any
  std::optional<int> status;
  std::string code;  ///< with a status: instead of the handler's answer
  std::chrono::milliseconds delay{0};
  Drop drop = Drop::none;
  std::optional<std::size_t> truncate;  ///< so many bytes of the body are sent
  std::optional<std::int64_t> times;    ///< how often it still applies; empty: always
};

/// Whether `path` is what `pattern` says: equal, or beginning with what stands before a final `*`.
bool matchesPath(std::string_view pattern, std::string_view path);

/// `{faults: [...]}`. Throws ValidationError.
std::vector<FaultRule> readFaultRules(const picojson::object& body);
/// The same form.
void writeFaultRules(JsonWriter&, const std::vector<FaultRule>&);

/// The rules of one world. *Thread-safe.*
class FaultRules {
 public:
  /// Keeps in `delaying` how many rules with a delay there are, among those of others.
  explicit FaultRules(std::atomic<std::size_t>& delaying) : delaying_(delaying) {}

  void replace(std::vector<FaultRule> rules);
  std::vector<FaultRule> list() const;
  /// The first rule that fits a request and still applies; it counts as used once.
  std::optional<FaultRule> take(std::string_view method, std::string_view path);

 private:
  // locks itself
  std::atomic<std::size_t>& delaying_;

  mutable Mutex mutex_;
  std::vector<FaultRule> rules_ GUARDED_BY(mutex_);
};

}  // namespace glitch_protocol::web
