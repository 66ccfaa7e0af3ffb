// A database that runs every function of a write twice, in front of one that runs it once.
#pragma once

#include <functional>

#include "engine/database_adapter.h"
#include "engine/errors.h"

namespace glitch_protocol {

/// Passes all calls to `inner`, which must outlive it. A write first runs its function in a transaction that is rolled
/// back, as an adapter may do after a serialisation failure; only a StoreError of that run ends the write.
/// *Thread-safe.*
class RepeatingDatabase : public DatabaseAdapter {
 public:
  explicit RepeatingDatabase(DatabaseAdapter& inner) : inner_(inner) {}

  void read(const std::function<void(Reader&)>& look) override { inner_.read(look); }

  void write(const std::function<void(Writer&)>& change) override {
    struct Undo {};
    try {
      inner_.write([&](Writer& writer) {
        change(writer);
        throw Undo{};
      });
    } catch (const StoreError&) {
      throw;
    } catch (...) {
      // The second run decides.
    }
    inner_.write(change);
  }

 private:
  DatabaseAdapter& inner_;
};

}  // namespace glitch_protocol
