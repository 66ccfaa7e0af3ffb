// Undoes a transaction on ordinary maps.
#pragma once

#include <functional>
#include <utility>
#include <vector>

namespace glitch_protocol {

/// Makes changes to maps and remembers how to undo each. The destructor undoes them, the latest first, unless
/// keepChanges() was called. The maps must outlive it. *One thread at a time.*
class UndoLog {
 public:
  UndoLog() = default;
  UndoLog(const UndoLog&) = delete;
  UndoLog& operator=(const UndoLog&) = delete;
  ~UndoLog() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) (*step)();
  }

  void keepChanges() { steps_.clear(); }

  template <class Map>
  void put(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
    const auto found = map.find(key);
    if (found == map.end()) {
      steps_.push_back([&map, key] { map.erase(key); });
      map.emplace(key, std::move(value));
    } else {
      steps_.push_back([&map, key, old = found->second] { map[key] = old; });
      found->second = std::move(value);
    }
  }

  template <class Value>
  void set(Value& variable, Value value) {
    steps_.push_back([&variable, old = variable] { variable = old; });
    variable = std::move(value);
  }

  template <class Map>
  void erase(Map& map, const typename Map::key_type& key) {
    const auto found = map.find(key);
    if (found == map.end()) return;
    steps_.push_back([&map, key, old = found->second] { map[key] = old; });
    map.erase(found);
  }

 private:
  std::vector<std::function<void()>> steps_;
};

}  // namespace glitch_protocol
