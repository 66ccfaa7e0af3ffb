// Tests of the fair queue: which request gets a place, which is displaced, and which is served next.
#include "web/connection/fair_queue.h"

#include <string>

#include "tests/catch.h"

namespace glitch_protocol::web {

namespace {

/// A queue of requests identified by name.
class NamedQueue {
 public:
  explicit NamedQueue(std::size_t places) : queue_(places) {}

  /// Returns the name of the request that has no place afterwards; "" when all have one.
  std::string push(const std::string& name, const std::string& address, const std::string& account = "") {
    WaitingRequest request;
    request.exchange.peer.address = name;
    request.exchange.queueing = Queueing{Lane::hashing, address, account};
    const auto refused = queue_.push(std::move(request));
    return refused ? refused->exchange.peer.address : "";
  }
  /// Adds several requests of one holder and returns the result of the last push().
  std::string fill(std::size_t count, const std::string& address, const std::string& account = "") {
    std::string refused;
    for (std::size_t i = 1; i <= count; ++i) refused = push(address + std::to_string(i), address, account);
    return refused;
  }
  /// Returns the names of the served requests in order.
  std::string serve(std::size_t count) {
    std::string names;
    for (; count > 0; --count) names += (names.empty() ? "" : " ") + queue_.pop().exchange.peer.address;
    return names;
  }
  std::size_t size() const { return queue_.size(); }

 private:
  FairQueue queue_;
};

}  // namespace

TEST_CASE("a single address may take all places and no more") {
  NamedQueue queue(16);
  CHECK(queue.fill(16, "a").empty());
  CHECK(queue.push("one more", "a") == "one more");
  CHECK(queue.size() == 16);
  CHECK(queue.serve(3) == "a1 a2 a3");
}

TEST_CASE("in a full queue, a newcomer takes the newest place of the address with the most places") {
  NamedQueue queue(16);
  queue.fill(16, "a");
  CHECK(queue.push("b1", "b") == "a16");
  CHECK(queue.push("c1", "c") == "a15");
  CHECK(queue.push("b2", "b") == "a14");
  CHECK(queue.size() == 16);
}

TEST_CASE("while others wait, an address gets at most a quarter of the places, even if some are free") {
  NamedQueue queue(16);
  queue.push("b1", "b");
  CHECK(queue.fill(4, "a").empty());
  CHECK(queue.push("a5", "a") == "a5");
  CHECK(queue.size() == 5);
  queue.serve(1);
  CHECK(queue.push("a6", "a").empty());
}

TEST_CASE(
    "while others wait, an account gets at most a quarter of the places, from any number of addresses") {
  NamedQueue queue(16);
  queue.push("b1", "b", "bob");
  for (int i = 1; i <= 4; ++i) {
    CAPTURE(i);
    CHECK(queue.push("ada" + std::to_string(i), "a" + std::to_string(i), "ada").empty());
  }
  CHECK(queue.push("ada5", "a5", "ada") == "ada5");
  CHECK(queue.push("eve", "a5", "eve").empty());
}

TEST_CASE("the account with the most places loses its newest place to a newcomer") {
  NamedQueue queue(8);
  for (int i = 1; i <= 8; ++i) queue.push("ada" + std::to_string(i), "a" + std::to_string(i), "ada");
  CHECK(queue.push("bob", "a2", "bob") == "ada8");
  CHECK(queue.push("eve", "e", "eve") == "ada7");
  CHECK(queue.serve(2) == "ada1 ada2");
}

TEST_CASE("a newcomer that holds about as many places displaces no one") {
  NamedQueue queue(4);
  for (const char* address : {"a", "b", "c", "d"}) queue.push(address, address);
  CHECK(queue.push("e", "e") == "e");
  queue.serve(1);
  CHECK(queue.push("b again", "b") == "b again");  // one place is a quarter of four
  CHECK(queue.push("e", "e").empty());
  CHECK(queue.serve(4) == "b c d e");
}

TEST_CASE("addresses are served in turn, each in order of arrival") {
  NamedQueue queue(64);
  queue.fill(4, "a");
  queue.fill(2, "b");
  queue.push("c1", "c");
  CHECK(queue.serve(4) == "a1 b1 c1 a2");
  queue.push("c2", "c");
  CHECK(queue.serve(4) == "b2 a3 c2 a4");
  CHECK(queue.size() == 0);
}

TEST_CASE("without places no request waits, and with few places each holder may have one") {
  CHECK(NamedQueue(0).push("a1", "a") == "a1");
  NamedQueue queue(2);
  CHECK(queue.push("a1", "a").empty());
  CHECK(queue.push("b1", "b").empty());
  CHECK(queue.push("a2", "a") == "a2");
}

TEST_CASE("a request that loses or gets no place releases what its handler kept for it") {
  FairQueue queue(4);
  std::weak_ptr<int> kept;
  const auto push = [&](const char* address) {
    const auto value = std::make_shared<int>(1);
    kept = value;
    WaitingRequest request;
    request.exchange.queueing = Queueing{Lane::hashing, address, {}};
    request.exchange.kept = value;
    return queue.push(std::move(request)).has_value();
  };
  for (int i = 0; i < 4; ++i) {
    CAPTURE(i);
    CHECK_FALSE(push("a"));
  }
  CHECK_FALSE(kept.expired());
  const auto newestOfA = kept;
  CHECK(push("b"));
  CHECK(newestOfA.expired());
  CHECK(push("a"));
  CHECK(kept.expired());
}

}  // namespace glitch_protocol::web
