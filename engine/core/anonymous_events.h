// Keeps strangers from filling the account history: failed sign-ins with e-mails that nobody has are events that
// belong to no user, and anybody can cause any number of them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/clock.h"
#include "engine/sync/mutex.h"
#include "engine/types.h"

namespace glitch_protocol {

/// Bounds the events without a user: `maxRowsPerHour` rows an hour, and one more that tells how many events were
/// only counted. That row has neither user nor address; its user agent is the sentence. An hour begins with the
/// first event after the one before, by the steady clock. Counts are kept in memory: a restart begins an hour,
/// and a crash loses the count of the present one. *Thread-safe.*
class AnonymousEvents {
 public:
  static constexpr std::size_t maxRowsPerHour = 1000;

  /// Which counts are told: that of an hour that is over, or that of the present hour as well.
  enum class Counts { finished, all };

  /// `clock` is borrowed.
  explicit AnonymousEvents(Clock& clock) : clock_(clock) {}

  /// The rows to record because of one more event: the count of an hour that has passed, and the event itself
  /// unless its hour has had its rows; then it is counted.
  std::vector<AuditEvent> admit(AuditEvent);
  /// The row for the events that were only counted, if there are any; they count no longer.
  std::optional<AuditEvent> takeCount(Counts);

  /// How many events were only counted, since construction.
  std::uint64_t counted() const;

 private:
  bool isOver() const REQUIRES(mutex_);
  std::optional<AuditEvent> takeCount() REQUIRES(mutex_);

  // constant after construction
  Clock& clock_;

  mutable Mutex mutex_;
  /// When the present hour began, and how many rows it has had.
  std::optional<std::chrono::steady_clock::time_point> begin_ GUARDED_BY(mutex_);
  std::size_t rows_ GUARDED_BY(mutex_) = 0;
  std::uint64_t waiting_ GUARDED_BY(mutex_) = 0;  ///< counted, and in no row yet
  AuditEvent last_ GUARDED_BY(mutex_);            ///< of those
  std::uint64_t counted_ GUARDED_BY(mutex_) = 0;
};

}  // namespace glitch_protocol
