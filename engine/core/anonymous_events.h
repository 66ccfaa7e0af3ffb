// Limits the audit events that belong to no user. Failed sign-ins with unknown e-mails are such events, and
// anybody could fill the account history with them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/clock.h"
#include "engine/sync/mutex.h"
#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// Allows `maxRowsPerHour` rows an hour for events without a user, and one more row with the number of events that were
/// only counted. That row has neither user nor address; its user agent is a sentence. An hour begins, by the steady
/// clock, with the first event after the previous hour. Counts are kept in memory: a restart begins a new hour, and a
/// crash loses the current count. *Thread-safe.*
class AnonymousEvents {
 public:
  static constexpr std::size_t maxRowsPerHour = 1000;

  /// Which counts to take: only that of an hour that is over, or also that of the current hour.
  enum class Counts { finished, all };

  /// `clock` is borrowed.
  explicit AnonymousEvents(Clock& clock) : clock_(clock) {}

  /// Returns the rows to record for one more event: the count of an hour that has passed, and the event itself, unless
  /// its hour already has the max number of rows; then the event is counted.
  std::vector<AuditEvent> admit(AuditEvent);
  /// Returns the row for the events that were only counted, if there are any, and resets the count.
  std::optional<AuditEvent> takeCount(Counts);

  /// How many events were only counted, since construction.
  std::uint64_t counted() const;

 private:
  bool isOver() const REQUIRES(mutex_);
  std::optional<AuditEvent> takeCount() REQUIRES(mutex_);

  // constant after construction
  Clock& clock_;

  mutable Mutex mutex_;
  /// When the current hour began, and how many rows it has.
  std::optional<std::chrono::steady_clock::time_point> begin_ GUARDED_BY(mutex_);
  std::size_t rows_ GUARDED_BY(mutex_) = 0;
  std::uint64_t uncollected_ GUARDED_BY(mutex_) = 0;  ///< counted, but not in a row yet
  AuditEvent last_ GUARDED_BY(mutex_);                ///< the last of these events
  std::uint64_t counted_ GUARDED_BY(mutex_) = 0;
};

}  // namespace glitch_protocol::inline v1
