// Serialises structs for the cache: fields are read once each, in the order in which they were written. The reader
// validates its input, because a cache may return anything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/types.h"

namespace glitch_protocol::inline v1 {

/// Appends fields to a record. *One thread at a time.*
class RecordWriter {
 public:
  void number(std::uint64_t value);
  void time(TimePoint value) { number(static_cast<std::uint64_t>(value.time_since_epoch().count())); }
  void text(std::string_view value);
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// Reads the fields of a record. `record` is borrowed. From the first missing field on, every field reads as zero or
/// empty and ok() is false. *One thread at a time.*
class RecordReader {
 public:
  explicit RecordReader(std::string_view record) : rest_(record) {}

  std::uint64_t number();
  TimePoint time() { return TimePoint{std::chrono::milliseconds{static_cast<std::int64_t>(number())}}; }
  std::string_view text();
  bool ok() const { return ok_; }

 private:
  std::string_view take(std::uint64_t size);

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace glitch_protocol::inline v1
