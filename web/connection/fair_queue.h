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
  Connection* connection = nullptr;  ///< taken by whoever has the request; never null in a lane
  Exchange exchange;                 ///< as its handler left it: with `queueing`
  Framing framing{};                 ///< of connection->received
};

/// The waiting places of one lane, which nobody holds alone while others wait. A place counts for the address
/// of its request and, if that names one, for its account; both are called its holders.
///
///  1. While others wait too, a holder of a quarter of the places gets no further one.
///  2. When all places are taken, a newcomer gets the newest place of the holder that has the most, provided
///     that this holder still has no fewer than the newcomer's afterwards.
///  3. Addresses are served in turn, and the requests of one address in the order of arrival.
///
/// *One thread at a time.*
class FairQueue {
 public:
  explicit FairQueue(std::size_t places);

  /// Gives the request a place. Returns the request that has none now: nothing, this one, or one that had to
  /// give way to it. Where memory is lacking for it nothing has changed: std::bad_alloc.
  std::optional<WaitingRequest> push(WaitingRequest request);

  /// The request to be served next. There must be one. Does not throw.
  WaitingRequest pop();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Place {
    std::uint64_t number = 0;  ///< ascending by arrival
    WaitingRequest request;
  };
  using Line = std::deque<Place>;
  using Lines = std::map<std::string, Line>;

  using Accounts = std::map<std::string, std::size_t>;

  void add(WaitingRequest request);
  WaitingRequest remove(Lines::iterator line, Line::iterator place);
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
  std::deque<Lines::iterator> turns_;  ///< every line once, the next to be served first
  Accounts accounts_;                  ///< how many places each holds, "" those of no account; none is 0
};

}  // namespace glitch_protocol::web
