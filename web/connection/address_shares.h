// Counts the connections of each address so that no address can use all of them.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/sync/mutex.h"

namespace glitch_protocol::web {

/// Counts connections by name: an address, a group of addresses or any other text. Holds at most one entry
/// for each connection. *Thread-safe.*
class AddressShares {
 private:
  struct Share;
  using Entry = std::pair<const std::string, Share>;

 public:
  /// The place of one connection in the share of its address, released by the destructor; may be empty. The
  /// AddressShares must outlive it. *One thread at a time.*
  class Place {
   public:
    Place() = default;
    ~Place();
    Place(Place&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(entry_, other.entry_);
      return *this;
    }
    explicit operator bool() const { return entry_ != nullptr; }

   private:
    friend class AddressShares;
    explicit Place(Entry* entry) : entry_(entry) {}

    Entry* entry_ = nullptr;
  };

  AddressShares() = default;
  AddressShares(const AddressShares&) = delete;
  AddressShares& operator=(const AddressShares&) = delete;

  /// Takes one place for `name`; empty when `name` already has `max`.
  Place take(const std::string& name, std::size_t max);

  /// The number of places that `name` has.
  std::size_t held(const std::string& name) const;

 private:
  struct Share {
    AddressShares* owner = nullptr;
    std::size_t held = 0;
  };

  void giveBack(Entry& entry);

  mutable Mutex mutex_;
  std::unordered_map<std::string, Share> shares_ GUARDED_BY(mutex_);  ///< entries never move
};

}  // namespace glitch_protocol::web
