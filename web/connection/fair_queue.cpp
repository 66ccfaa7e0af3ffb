#include "web/connection/fair_queue.h"

#include <algorithm>
#include <utility>

namespace glitch_protocol::web {
namespace {

constexpr std::size_t partsOfAll = 4;

const Queueing& queueingOf(const WaitingRequest& request) {
  return *request.exchange.queueing;
}

}  // namespace

FairQueue::FairQueue(std::size_t places) : places_(places) {}

std::optional<WaitingRequest> FairQueue::push(WaitingRequest request) {
  if (hasItsShare(queueingOf(request))) return request;
  if (size_ < places_) {
    add(std::move(request));
    return std::nullopt;
  }
  auto displaced = displace(queueingOf(request));
  if (!displaced) return request;
  add(std::move(request));
  return displaced;
}

WaitingRequest FairQueue::pop() {
  const auto line = turns_.front();
  turns_.pop_front();
  turns_.push_back(line);
  return remove(line, line->second.begin());
}

void FairQueue::add(WaitingRequest request) {
  const Queueing& queueing = queueingOf(request);
  const auto [line, isNew] = lines_.try_emplace(queueing.address);
  if (isNew) turns_.push_back(line);
  if (!queueing.account.empty()) ++accounts_[queueing.account];
  line->second.push_back({++arrivals_, std::move(request)});
  ++size_;
}

WaitingRequest FairQueue::remove(Lines::iterator line, Line::iterator place) {
  WaitingRequest request = std::move(place->request);
  line->second.erase(place);
  if (line->second.empty()) {
    std::erase(turns_, line);
    lines_.erase(line);
  }
  const auto account = accounts_.find(queueingOf(request).account);
  if (account != accounts_.end() && --account->second == 0) accounts_.erase(account);
  --size_;
  return request;
}

std::optional<WaitingRequest> FairQueue::displace(const Queueing& newcomer) {
  if (empty()) return std::nullopt;
  const auto line = std::ranges::max_element(lines_, {}, [](const auto& one) { return one.second.size(); });
  const auto account = std::ranges::max_element(accounts_, {}, [](const auto& one) { return one.second; });
  const std::size_t most = std::max(line->second.size(), account == accounts_.end() ? 0 : account->second);
  const std::size_t own = std::max(heldByAddress(newcomer.address), heldByAccount(newcomer.account));
  if (most < own + 2) return std::nullopt;
  if (line->second.size() == most) return remove(line, line->second.end() - 1);
  return removeNewestOf(account->first);
}

WaitingRequest FairQueue::removeNewestOf(const std::string& account) {
  Lines::iterator newestLine;
  Line::iterator newest;
  std::uint64_t number = 0;
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    for (auto place = line->second.begin(); place != line->second.end(); ++place) {
      if (place->number < number || queueingOf(place->request).account != account) continue;
      newestLine = line;
      newest = place;
      number = place->number;
    }
  }
  return remove(newestLine, newest);
}

bool FairQueue::hasItsShare(const Queueing& newcomer) const {
  const std::size_t share = std::max<std::size_t>(places_ / partsOfAll, 1);
  const auto hasIt = [&](std::size_t held) { return held >= share && held < size_; };
  return hasIt(heldByAddress(newcomer.address)) || hasIt(heldByAccount(newcomer.account));
}

std::size_t FairQueue::heldByAddress(const std::string& address) const {
  const auto line = lines_.find(address);
  return line == lines_.end() ? 0 : line->second.size();
}

std::size_t FairQueue::heldByAccount(const std::string& account) const {
  const auto held = accounts_.find(account);
  return held == accounts_.end() ? 0 : held->second;
}

}  // namespace glitch_protocol::web
