// The cache that stores nothing.
#include "engine/cache_adapter.h"

namespace glitch_protocol::inline v1 {

namespace {

class NoopCache : public CacheAdapter {
 public:
  std::optional<std::string> get(std::string_view) override { return std::nullopt; }
  void set(std::string_view, std::string_view, std::chrono::milliseconds) override {}
  void remove(std::string_view) override {}
  void removeMany(const std::vector<std::string>&) override {}
  bool acquireLock(std::string_view, std::chrono::milliseconds) override { return true; }
  void releaseLock(std::string_view) override {}
  bool isAvailable() const override { return true; }
};

}  // namespace

CacheAdapter& noopCache() {
  static NoopCache instance;
  return instance;
}

}  // namespace glitch_protocol::inline v1
