// The directory of apps that keep their own users and check them before they call.
#include "engine/user_directory.h"

namespace glitch_protocol {

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

}  // namespace glitch_protocol
