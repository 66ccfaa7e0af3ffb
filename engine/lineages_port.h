// The part of the database port that reads and writes the lineages of refresh tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "types.h"
#include "visibility.h"

namespace glitch_protocol {
inline namespace GLITCH_AUTH_PUBLIC v1 {

/// Reads lineages. Valid only inside the transaction's function. *One thread at a time.*
class LineagesReader {
 public:
  virtual ~LineagesReader() = default;

  virtual std::optional<Lineage> find(const LineageId&) = 0;
};

/// Reads and changes lineages; reads include its own changes. *One thread at a time.*
class LineagesWriter : public LineagesReader {
 public:
  /// The session must exist and the id be new; otherwise StoreError.
  virtual void insert(const Lineage&) = 0;
  /// Compare-and-swap: if the row's counter is `fromCounter`, sets it to `fromCounter + 1` and sets both times.
  /// Otherwise returns false and changes nothing.
  virtual bool advance(const LineageId&, std::uint64_t fromCounter, TimePoint rotatedAt,
                       TimePoint expiresAt) = 0;
  /// Removes all lineages of the session. Returns how many.
  virtual std::size_t removeOf(const SessionId&) = 0;
  /// Removes at most `limit` lineages that expired before `expiredBefore`. Returns how many.
  virtual std::size_t purgeExpired(TimePoint expiredBefore, std::size_t limit) = 0;
};

}  // namespace v1
}  // namespace glitch_protocol
