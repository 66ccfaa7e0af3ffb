#include "web/api/context.h"

#include <string>
#include <utility>

#include "web/http/client_address.h"

namespace glitch_protocol::web {

Context::Context(const Services& servicesOf, const Route& routeOf, const Request& requestOf, Answer& answerOf,
                 Exchange& exchangeOf)
    : services(servicesOf), route(routeOf), request(requestOf), answer(answerOf), exchange(exchangeOf) {}

const ClientInfo& Context::client() const {
  if (!client_) {
    client_ = ClientInfo{
        clientAddress(exchange.peer.address, request.fields.values("X-Forwarded-For"), services.proxies),
        std::string(request.fields.value("User-Agent"))};
  }
  return *client_;
}

Fields Context::body() {
  return {body_, typing_, errors_};
}

Fields Context::query() {
  if (!query_) {
    query_ = readUrlEncoded(request.query());
    errors_.noteRepeated(*query_);
  }
  return {query_->values, Typing::text, errors_};
}

void Context::setBody(NamedValues form) {
  errors_.noteRepeated(form);
  body_ = std::move(form.values);
  typing_ = Typing::text;
}

void Context::log(std::string_view event, const UserId& user, const SessionId& session,
                  LogLevel level) const {
  if (!services.log.enabled(level)) return;
  services.log.write(level, event,
                     {{"user", user.str()},
                      {"session", session.str()},
                      {"ip", client().ipAddress},
                      {"request_id", exchange.requestId}});
}

}  // namespace glitch_protocol::web
