// Keeps a stranger from filling the log: of one event from one address only the first is written at once, and
// what follows is summed up.
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

/// Whose events a line sums up: one address's, or those of all addresses for which there was no place left.
enum class RepeatSource { oneAddress, severalAddresses };

/// A line that stands for `repeated` events, the last of which is shown.
struct RepeatSum {
  LogLevel level = LogLevel::info;
  std::string_view event;
  std::string fields;  ///< of the last one, as it was handed in
  std::uint64_t repeated = 0;
  RepeatSource source = RepeatSource::oneAddress;
};

/// Decides which events get a line. The first of an event from an address does. From then on those that
/// follow are summed up, one line for each `interval` in which there was one; after an interval without one
/// the next counts as a first again. No event is lost: the lines for firsts plus what the sums count is how
/// many there were, once expire(Sums::all) has been called.
///
/// Levels of one event are told apart, so that an error is not hidden among lesser ones. Bounded: past `maxPairs`
/// pairs of event and address, further addresses share one place for each event. An IPv6 address stands for its
/// /64. Time may jump either way: a sum then comes early.
///
/// *Thread-safe.*
class LogRepeats {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  static constexpr std::chrono::seconds interval{10};
  static constexpr std::size_t maxPairs = 1024;

  /// The sums whose interval is over, or every one that counts something.
  enum class Sums { due, all };

  /// Takes note of one event. `event` is a literal; `address` may be anything; `fields` are kept until
  /// younger ones come, so they should be short. Returns the sum to write now, which includes this event;
  /// `repeated` is 0 where the event gets a line of its own. Nothing when it was only counted.
  std::optional<RepeatSum> add(LogLevel, std::string_view event, std::string_view address, std::string fields,
                               TimePoint now);

  /// Returns the sums to write, and forgets what has been quiet for an interval.
  std::vector<RepeatSum> expire(Sums, TimePoint now);

  /// How many events got no line of their own.
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
    TimePoint begin{};  // of the present interval
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
