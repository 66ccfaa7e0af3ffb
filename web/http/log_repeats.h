// Limits repeated log events: of one event from one address, the first is written at once and later ones are
// summed up.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/sync/mutex.h"
#include "web/http/log_line.h"

namespace glitch_protocol::web {

/// Whose events a sum covers: those of one address, or those of all addresses that did not fit into the
/// table.
enum class RepeatSource { oneAddress, severalAddresses };

/// A line that stands for `repeated` events and shows the last of them.
struct RepeatSum {
  LogLevel level = LogLevel::info;
  std::string_view event;
  std::string fields;  ///< of the last event, as passed to add()
  std::uint64_t repeated = 0;
  RepeatSource source = RepeatSource::oneAddress;
};

/// Decides which events get a line of their own. The first event from an address does. Later ones are summed
/// up, one line for each `interval` that had any; after an interval without events, the next one counts as a
/// first again. No event is lost: once expire(Sums::all) has been called, the lines for first events plus the
/// counts of the sums add up to the number of events.
///
/// Events are counted separately by level, so that an error is not hidden among less important ones. The
/// table is bounded: when it holds `maxPairs` pairs of event and address, further addresses share one entry
/// for each event. IPv6 addresses are grouped by /64. When the clock jumps in either direction, a sum is
/// written early.
///
/// *Thread-safe.*
class LogRepeats {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  static constexpr std::chrono::seconds interval{10};
  static constexpr std::size_t maxPairs = 1024;

  /// due: sums whose interval is over. all: every sum with a count.
  enum class Sums { due, all };

  /// Adds one event. `event` is a string literal; `address` may be any text; `fields` are kept until the next
  /// event, so they should be short. Returns the sum to write now, which includes this event; its `repeated`
  /// is 0 when the event gets a line of its own. Nothing when the event was only counted.
  std::optional<RepeatSum> add(LogLevel, std::string_view event, std::string_view address, std::string fields,
                               TimePoint now);

  /// Returns the sums to write, and removes entries that have had no event for an interval.
  std::vector<RepeatSum> expire(Sums, TimePoint now);

  /// How many events did not get a line of their own.
  std::uint64_t counted() const;

 private:
  struct Kind {
    LogLevel level = LogLevel::info;
    std::string_view event;
    std::string site;
    bool operator==(const Kind&) const = default;
  };
  struct KindHash {
    std::size_t operator()(const Kind&) const;
  };
  struct Tally {
    TimePoint begin{};  // of the current interval
    std::string fields;
    std::uint64_t repeated = 0;
  };
  using Tallies = std::unordered_map<Kind, Tally, KindHash>;

  Tallies::iterator place(Kind, TimePoint now) REQUIRES(mutex_);
  void forgetQuiet(TimePoint now) REQUIRES(mutex_);
  static RepeatSum takeSum(Tallies::value_type&, TimePoint now);

  mutable Mutex mutex_;
  Tallies tallies_ GUARDED_BY(mutex_);
  TimePoint lastForgotten_ GUARDED_BY(mutex_){};
  std::uint64_t counted_ GUARDED_BY(mutex_) = 0;
};

}  // namespace glitch_protocol::web
