#include "web/api/api.h"

#include <utility>

#include "web/api/api_handler.h"
#include "web/api/event_hub.h"
#include "web/http/log.h"

namespace glitch_protocol::web {

EventStreams::EventStreams() : hub_(std::make_unique<EventHub>()) {}

EventStreams::~EventStreams() = default;

SocketBroadcaster& EventStreams::broadcaster() {
  return *hub_;
}

std::vector<Listener> EventStreams::listeners() const {
  return hub_->listeners();
}

void EventStreams::finishAll() {
  hub_->finishAll();
}

/// *Thread-safe.*
class Api::Impl {
 public:
  Impl(Engine& engine, Accounts& accounts, EventHub& hub, ApiConfig config, LogLine line,
       ReadinessProbe probe)
      : log_(line ? Log(LogLevel::info, LogFormat::text, wallClock, std::move(line))
                  : Log(LogLevel::info, LogFormat::text, wallClock)),
        handler_(engine, accounts, hub, std::move(config), log_, std::move(probe)) {}

  ApiHandler& handler() { return handler_; }

 private:
  static std::chrono::system_clock::time_point wallClock() { return std::chrono::system_clock::now(); }

  // each locks itself
  Log log_;
  ApiHandler handler_;
};

Api::Api(Engine& engine, Accounts& accounts, EventStreams& streams, ApiConfig config, LogLine log,
         ReadinessProbe probe)
    : impl_(std::make_unique<Impl>(engine, accounts, streams.hub(), std::move(config), std::move(log),
                                   std::move(probe))) {}

Api::~Api() = default;

ApiHandler& Api::handler() {
  return impl_->handler();
}

}  // namespace glitch_protocol::web
