// The user directory for apps that check their users before they call the engine.
#include "engine/user_directory.h"

namespace glitch_protocol::inline v1 {

namespace {

class TrustingDirectory : public UserDirectory {
 public:
  std::optional<UserFacts> find(const UserId&) override { return UserFacts{true, {}, {}, {}}; }
};

}  // namespace

std::shared_ptr<UserDirectory> trustCaller() {
  static const std::shared_ptr<UserDirectory> instance = std::make_shared<TrustingDirectory>();
  return instance;
}

}  // namespace glitch_protocol::inline v1
