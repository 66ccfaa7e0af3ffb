// How much memory all clients together may make the connection layer hold.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace glitch_protocol::web {

/// The sum of what is held for clients between two events: received, unsent and queued bytes. It only counts;
/// who is refused or closed because of it is decided in connection_handler.cpp and memory_relief.cpp. *Thread-safe.*
class MemoryBudget {
 public:
  /// `alarm` is called by the thread whose addition exceeds the limit, then not again before `watch`; it must
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
  /// Lets the alarm be raised again, by the next addition past the limit. To be called before looking at `held`.
  void watch() { alarmed_.store(false); }

  std::size_t held() const { return held_.load(); }
  std::size_t limit() const { return limit_; }
  bool hasRoomFor(std::size_t bytes) const { return held() + bytes <= limit_; }

  /// What one holder has of the budget, given back in the destructor. The budget must outlive it. *One thread
  /// at a time.*
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

/// A client for whom bytes are held, and what closing it would free.
struct MemoryHolder {
  std::size_t bytes = 0;
  int descriptor = -1;
};

/// The memory that a string has allocated; short strings lie in the object itself.
inline std::size_t allocatedBytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

/// Empties the string and frees its memory. (clear() and `text = {}` keep it.)
inline void freeMemory(std::string& text) {
  std::string().swap(text);
}

}  // namespace glitch_protocol::web
