#include "web/connection/address_shares.h"

namespace glitch_protocol::web {

AddressShares::Place::~Place() {
  if (entry_) entry_->second.owner->giveBack(*entry_);
}

AddressShares::Place AddressShares::take(const std::string& name, std::size_t max) {
  const MutexLock lock(mutex_);
  const auto found = shares_.find(name);
  if ((found == shares_.end() ? 0 : found->second.held) >= max) return Place();
  Entry& entry = found == shares_.end() ? *shares_.emplace(name, Share{this, 0}).first : *found;
  ++entry.second.held;
  return Place(&entry);
}

std::size_t AddressShares::held(const std::string& name) const {
  const MutexLock lock(mutex_);
  const auto found = shares_.find(name);
  return found == shares_.end() ? 0 : found->second.held;
}

void AddressShares::giveBack(Entry& entry) {
  const MutexLock lock(mutex_);
  if (--entry.second.held == 0) shares_.erase(shares_.find(entry.first));
}

}  // namespace glitch_protocol::web
