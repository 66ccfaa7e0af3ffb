// The queue of requests that wait for a thread of a lane, shared fairly among clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "web/connection/connection.h"
#include "web/connection/exchange.h"

namespace glitch_protocol::web {

/// A request that waits for a thread of a lane.
struct WaitingRequest {
  Connection* connection = nullptr;  ///< taken by the owner of the request; never null in a lane
  Exchange exchange;                 ///< as its handler left it, with `queueing`
  Framing framing{};                 ///< of connection->received
};

/// The waiting places of one lane, shared so that no client can occupy all of them. A place is charged to the
/// address of its request and, if the request names one, to its account; both are called holders.
///
///  1. While others wait too, a holder of a quarter of the places gets no more.
///  2. When all places are taken, a newcomer gets the newest place of the holder with the most places,
///     provided that this holder then still has at least as many as the newcomer.
///  3. Addresses are served in turn, and the requests of one address in order of arrival.
///
/// *One thread at a time.*
class FairQueue {
 public:
  explicit FairQueue(std::size_t places);

  /// Adds the request. Returns the request that has no place now: none, this one, or one that was displaced
  /// by it. Throws std::bad_alloc when memory runs out; then nothing has changed.
  std::optional<WaitingRequest> push(WaitingRequest request);

  /// Removes and returns the next request to serve. The queue must not be empty. Does not throw.
  WaitingRequest pop();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Place {
    std::uint64_t number = 0;  ///< ascending in order of arrival
    WaitingRequest request;
  };
  using Line = std::deque<Place>;
  using Lines = std::map<std::string, Line>;

  using Accounts = std::map<std::string, std::size_t>;

  void add(WaitingRequest request);
  WaitingRequest remove(Lines::iterator line, const Line::iterator& place);
  void forgetIfEmpty(Lines::iterator line, Accounts::iterator account);
  bool mayDisplace(const Queueing& newcomer);
  WaitingRequest removeNewestOfGreediest();
  WaitingRequest removeNewestOf(const std::string& account);
  Lines::iterator longestLine();
  Accounts::iterator greediestAccount();
  bool hasItsShare(const Queueing& newcomer) const;
  std::size_t heldByAddress(const std::string& address) const;
  std::size_t heldByAccount(const std::string& account) const;

  const std::size_t places_;
  std::size_t size_ = 0;
  std::uint64_t arrivals_ = 0;
  Lines lines_;                        ///< by address; none is empty
  std::deque<Lines::iterator> turns_;  ///< every line once, the next one to serve first
  Accounts accounts_;                  ///< places of each account, "" for requests without one; never 0
};

}  // namespace glitch_protocol::web
