// The change feed as the engine's port to a database offers it: what a process must forget because another has
// changed it. Endings, openings and changes of users are in it; refreshes and activity are not,
// nor what ends because its time is over, which every process sees for itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "types.h"

namespace glitch_protocol {

/// A part of the feed. The zero value means that the reader must forget everything.
struct ChangePage {
  /// Whether every change after the position asked for was still on file. False when some have been purged, or when
  /// the database has been replaced by one that has not come so far.
  bool complete = false;
  std::uint64_t last = 0;       ///< the newest position of the whole feed; 0: there has been no change yet
  std::vector<Change> changes;  ///< in ascending order of position; empty unless complete
};

/// Reads the feed. Valid only inside the function that the transaction runs. *One thread at a time.*
class ChangesReader {
 public:
  virtual ~ChangesReader() = default;

  /// At most `limit` changes after `position` (0: from the beginning of all time).
  virtual ChangePage listAfter(std::uint64_t position, std::size_t limit) = 0;
};

/// Reads the feed and adds to it. *One thread at a time.*
class ChangesWriter : public ChangesReader {
 public:
  /// Gives the change the next position. Positions ascend in the order in which changes become visible to readers,
  /// and none is given twice, however much has been purged.
  virtual void insert(const Change&) = 0;
  /// Removes at most `limit` of the oldest changes from before `before`. Returns how many.
  virtual std::size_t purge(TimePoint before, std::size_t limit) = 0;
};

}  // namespace glitch_protocol
