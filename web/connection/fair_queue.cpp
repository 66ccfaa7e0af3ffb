#include "web/connection/fair_queue.h"

#include <algorithm>
#include <new>
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
  if (!mayDisplace(queueingOf(request))) return request;
  // Add the newcomer first: if memory runs out, no request has been displaced.
  add(std::move(request));
  return removeNewestOfGreediest();
}

WaitingRequest FairQueue::pop() {
  const auto line = turns_.front();
  std::rotate(turns_.begin(), turns_.begin() + 1, turns_.end());
  return remove(line, line->second.begin());
}

void FairQueue::add(WaitingRequest request) {
  const auto line = lines_.try_emplace(queueingOf(request).address).first;
  const auto account = accounts_.try_emplace(queueingOf(request).account, 0).first;
  try {
    if (line->second.empty()) turns_.push_back(line);
    line->second.push_back({++arrivals_, std::move(request)});
  } catch (const std::bad_alloc&) {
    forgetIfEmpty(line, account);
    throw;
  }
  ++account->second;
  ++size_;
}

void FairQueue::forgetIfEmpty(Lines::iterator line, Accounts::iterator account) {
  if (line->second.empty()) {
    std::erase(turns_, line);
    lines_.erase(line);
  }
  if (account->second == 0) accounts_.erase(account);
}

WaitingRequest FairQueue::remove(Lines::iterator line, const Line::iterator& place) {
  WaitingRequest request = std::move(place->request);
  line->second.erase(place);
  const auto account = accounts_.find(queueingOf(request).account);
  --account->second;
  forgetIfEmpty(line, account);
  --size_;
  return request;
}

bool FairQueue::mayDisplace(const Queueing& newcomer) {
  if (empty()) return false;
  const std::size_t own = std::max(heldByAddress(newcomer.address), heldByAccount(newcomer.account));
  return std::max(longestLine()->second.size(), heldByAccount(greediestAccount()->first)) >= own + 2;
}

WaitingRequest FairQueue::removeNewestOfGreediest() {
  const auto line = longestLine();
  const std::string& account = greediestAccount()->first;
  if (heldByAccount(account) > line->second.size()) return removeNewestOf(account);
  return remove(line, line->second.end() - 1);
}

FairQueue::Lines::iterator FairQueue::longestLine() {
  return std::ranges::max_element(lines_, {}, [](const auto& one) { return one.second.size(); });
}

FairQueue::Accounts::iterator FairQueue::greediestAccount() {
  return std::ranges::max_element(accounts_, {},
                                  [this](const auto& one) { return heldByAccount(one.first); });
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
  return account.empty() || held == accounts_.end() ? 0 : held->second;
}

}  // namespace glitch_protocol::web
