// The part of the database port that reads and writes the change feed, which tells a process what other processes have
// changed. It contains sessions that are opened or ended and changes of users, but not refreshes and activity, and not
// sessions that expire, because every process notices that by itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// A part of the feed. A default-constructed page means that the reader must forget everything.
struct ChangePage {
  /// Whether all changes after the requested position are still stored. False if some have been purged, or if the
  /// database has been replaced by one whose feed has not reached that position.
  bool complete = false;
  std::uint64_t last = 0;       ///< the newest position of the whole feed; 0: no change has been added yet
  std::vector<Change> changes;  ///< in ascending order of position; empty unless complete
};

/// Reads the feed. Valid only inside the transaction's function. *One thread at a time.*
class ChangesReader {
 public:
  virtual ~ChangesReader() = default;

  /// At most `limit` changes after `position` (0: from the first change ever).
  virtual ChangePage listAfter(std::uint64_t position, std::size_t limit) = 0;
};

/// Reads the feed and adds to it. *One thread at a time.*
class ChangesWriter : public ChangesReader {
 public:
  /// Adds the change at the next position. Positions ascend in the order in which changes become visible to readers.
  /// No position is assigned twice, even after a purge.
  virtual void insert(const Change&) = 0;
  /// Removes at most `limit` changes that are older than `before`, oldest first. Returns how many.
  virtual std::size_t purge(TimePoint before, std::size_t limit) = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
