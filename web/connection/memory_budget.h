// Limits the memory that the connection layer holds for all clients together.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace glitch_protocol::web {

/// Counts the bytes held for clients between two events: received, unsent and queued. It only counts;
/// connection_handler.cpp and memory_relief.cpp decide which client is refused or closed. *Thread-safe.*
class MemoryBudget {
 public:
  /// `alarm` is called by the thread whose addition exceeds the limit, and not again before watch(); it must
  /// neither block nor throw. It may be empty.
  explicit MemoryBudget(std::size_t limit, std::function<void()> alarm = {})
      : limit_(limit), alarm_(std::move(alarm)) {}

  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  void add(std::size_t bytes) {
    const std::size_t held = held_.fetch_add(bytes) + bytes;
    if (held > limit_ && !alarmed_.exchange(true) && alarm_) alarm_();
  }
  void subtract(std::size_t bytes) { held_.fetch_sub(bytes); }
  /// Re-arms the alarm for the next addition beyond the limit. Call it before reading held().
  void watch() { alarmed_.store(false); }

  std::size_t held() const { return held_.load(); }
  std::size_t limit() const { return limit_; }
  bool hasRoomFor(std::size_t bytes) const { return held() + bytes <= limit_; }

  /// The part of the budget that one holder uses, released by the destructor. The budget must outlive it.
  /// *One thread at a time.*
  class Charge {
   public:
    explicit Charge(MemoryBudget& budget) : budget_(budget) {}
    ~Charge() { resize(0); }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;

    void resize(std::size_t bytes) {
      if (bytes > bytes_) budget_.add(bytes - bytes_);
      if (bytes < bytes_) budget_.subtract(bytes_ - bytes);
      bytes_ = bytes;
    }
    std::size_t bytes() const { return bytes_; }

   private:
    MemoryBudget& budget_;
    std::size_t bytes_ = 0;
  };

 private:
  const std::size_t limit_;
  const std::function<void()> alarm_;

  std::atomic<std::size_t> held_{0};
  std::atomic<bool> alarmed_{false};
};

/// A client for which bytes are held, and how many closing it would free.
struct MemoryHolder {
  std::size_t bytes = 0;
  int descriptor = -1;
};

/// The memory that a string has allocated; short strings are stored inside the object.
inline std::size_t allocatedBytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

/// Empties the string and frees its memory, which clear() and `text = {}` keep.
inline void freeMemory(std::string& text) {
  std::string().swap(text);
}

}  // namespace glitch_protocol::web
