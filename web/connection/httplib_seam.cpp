// How a request passes through httplib::Server without its sockets, its header parser or its regex routes:
//
//   answer            writes "<method> <target> <version>" and an empty line into a stream in memory
//   process_request   (httplib) parses that line: path, query parameters
//   setUp             puts in the header fields, the body and the peer, as the framing check passed them
//   handle            the pre-routing handler: runs the RequestHandler and always says "handled"
//   takeFields        writes the response's fields down, so that httplib finds next to none
//   polish            the post-routing handler: the same with those that httplib adds, and belong there
//   process_request   (httplib) serialises the rest into the stream in memory
//
// It uses what httplib 0.11 to 0.41 have in common; the one difference, process_request's parameters, is
// asked of the compiler in `process`.

#include "web/connection/httplib_seam.h"

#include <algorithm>
#include <array>
#include <exception>
#include <functional>
#include <new>

#include "web/http/wipe.h"

namespace glitch_protocol::web {
namespace {

/// Fields that httplib would act on, or that it believes to have set itself.
bool isRemoved(std::string_view name) {
  constexpr std::array<std::string_view, 8> removed{"Range",          "Accept-Encoding", "Expect",
                                                    "Content-Length", "REMOTE_ADDR",     "REMOTE_PORT",
                                                    "LOCAL_ADDR",     "LOCAL_PORT"};
  return std::any_of(removed.begin(), removed.end(),
                     [&](std::string_view one) { return sameWord(one, name); });
}

/// Later versions of httplib keep fields of one name in no order. That of X-Forwarded-For tells whom to
/// believe, so it is made one field, which means the same (RFC 9110 5.3).
void addField(httplib::Headers& headers, std::string_view name, std::string_view value) {
  const auto earlier = sameWord(name, "X-Forwarded-For") ? headers.find("X-Forwarded-For") : headers.end();
  if (earlier == headers.end()) {
    headers.emplace(name, value);
  } else {
    earlier->second.append(", ").append(value);
  }
}

/// What httplib takes for a connection. Later versions have more virtual functions than earlier ones, hence
/// no `override`.
// NOLINTBEGIN(modernize-use-override)
class MemoryStream final : public httplib::Stream {
 public:
  MemoryStream(std::string_view input, std::string& output) : input_(input), output_(output) {}

  bool is_readable() const { return true; }
  bool is_writable() const { return true; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return true; }
  ssize_t read(char* bytes, size_t size) {
    const std::size_t count = input_.copy(bytes, size);
    input_.remove_prefix(count);
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* bytes, size_t size) {
    output_.append(bytes, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}
  socket_t socket() const { return 0; }
  time_t duration() const { return 0; }

 private:
  std::string_view input_;
  std::string& output_;
};
// NOLINTEND(modernize-use-override)

void answerInternalError(httplib::Response& response) {
  response = httplib::Response();
  response.status = refusals::internalError.status;
  response.set_content(refusalBody(refusals::internalError), "application/json; charset=utf-8");
}

void appendField(std::string& lines, std::string_view name, std::string_view value) {
  lines.append(name).append(": ").append(value).append("\r\n");
}

std::string streamHead(const httplib::Response& response, std::string_view fieldLines) {
  std::string head =
      "HTTP/1.1 " + std::to_string(response.status) + (response.status == 200 ? " OK" : " ") + "\r\n";
  head.append(fieldLines);
  for (const auto& [name, value] : response.headers) appendField(head, name, value);
  return head.append("Connection: close\r\n\r\n");
}

}  // namespace

class HttplibSeam::Server final : private httplib::Server {
 public:
  Server(RequestHandler& handler, Log& log, const AnswerFields& answerFields)
      : handler_(handler), log_(log), answerFields_(answerFields) {
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
      return HandlerResponse::Handled;
    });
    set_exception_handler(
        [this](const httplib::Request&, httplib::Response&, const std::exception_ptr&) { breakOff(); });
    set_post_routing_handler(
        [this](const httplib::Request&, httplib::Response& response) { polish(response); });
  }

  Answer answer(std::string_view received, const Framing& framing, Exchange&& exchange,
                Framing::Persistence persistence) {
    received_ = received;
    framing_ = &framing;
    persistence_ = persistence;
    exchange_ = std::move(exchange);
    output_.clear();
    fieldLines_.clear();
    handled_ = false;
    try {
      writeRequestLine();
      MemoryStream stream(requestLine_, output_);
      process(stream);
      insertFieldLines();
    } catch (const std::bad_alloc&) {
      breakOff();
    } catch (const std::exception& fault) {
      giveUp(fault.what());
    } catch (...) {
      giveUp("unknown");
    }
    if (!handled_) giveUp("httplib refused what the framing check had passed");
    if (exchange_.queueing) return {{}, persistence_, std::nullopt, std::move(exchange_)};
    if (exchange_.broken) {
      const std::string_view rest = kept(*exchange_.broken);
      exchange_.stream.reset();
      return {rest, Framing::Persistence::close, std::nullopt};
    }
    if (exchange_.stream) return {streamHead_, Framing::Persistence::close, std::move(exchange_.stream)};
    return {output_, persistence_, std::nullopt};
  }

  void wipe() {
    for (std::string* text : {&target_, &requestLine_, &output_, &fieldLines_, &streamHead_}) {
      web::wipe(*text);
      text->clear();
    }
  }

 private:
  /// What is left of the answer.
  std::string_view kept(const BrokenAnswer& broken) const {
    if (broken.at == BrokenAnswer::At::beginning) return {};
    constexpr std::string_view headEnd = "\r\n\r\n";
    const std::string_view whole = exchange_.stream ? streamHead_ : output_;
    const std::size_t end = whole.find(headEnd);
    return whole.substr(0, end == std::string_view::npos ? end : end + headEnd.size() + broken.bodyBytes);
  }

  void writeRequestLine() {
    target_.clear();
    // An absolute target may have no path; HTTP calls that "/" (RFC 9112 3.2.1).
    if (framing_->target.empty() || framing_->target.front() == '?') target_.append("/");
    target_.append(framing_->target);
    requestLine_.assign(framing_->method).append(" ");
    // A query may hold question marks (RFC 3986 3.4), but httplib 0.11 refuses to see a second one.
    const std::size_t queryBegin = std::min(target_.find('?'), target_.size() - 1) + 1;
    requestLine_.append(target_, 0, queryBegin);
    for (const char c : std::string_view(target_).substr(queryBegin)) {
      if (c == '?') {
        requestLine_.append("%3F");
      } else {
        requestLine_.push_back(c);
      }
    }
    requestLine_.append(framing_->version == Framing::Version::http11 ? " HTTP/1.1\r\n\r\n"
                                                                      : " HTTP/1.0\r\n\r\n");
  }

  template <class Stream>
  void process(Stream& stream) {
    // Said to be closing, httplib adds one field, which `polish` takes out where it is not true; otherwise it
    // would print a Keep-Alive of its own, through a stringstream.
    const bool closes = true;
    bool closed = false;
    const std::function<void(httplib::Request&)> setUpRequest = [this](httplib::Request& request) {
      setUp(request);
    };
    if constexpr (requires { this->process_request(stream, closes, closed, setUpRequest); }) {
      this->process_request(stream, closes, closed, setUpRequest);
    } else {
      this->process_request(stream, exchange_.peer.address, 0, std::string(), 0, closes, closed,
                            setUpRequest);
    }
  }

  void setUp(httplib::Request& request) {
    request.target = target_;
    request.headers.clear();
    FieldCursor fields(framing_->fieldLines);
    while (const auto field = fields.next()) {
      if (sameWord(field->name, "Host")) {
        request.headers.emplace("Host", framing_->host);
      } else if (!isRemoved(field->name)) {
        addField(request.headers, field->name, field->value);
      }
    }
    request.body = received_.substr(framing_->headLength, framing_->bodyLength);
    request.remote_addr = exchange_.peer.address;
  }

  void handle(const httplib::Request& request, httplib::Response& response) {
    try {
      handler_.handle(request, response, exchange_);
      if (response.status < 0) response.status = 200;
    } catch (const std::bad_alloc&) {
      return breakOff();
    } catch (const std::exception& fault) {
      fail(response, fault.what());
    } catch (...) {
      fail(response, "unknown");
    }
    if (!request.body.empty()) wipeStack();
    if (!exchange_.queueing) takeFields(response);
    if (exchange_.stream) streamHead_ = streamHead(response, fieldLines_);
    handled_ = true;
  }

  /// httplib asks its map for one name after the other, and prints each field through snprintf; together that
  /// costs more than the rest of the answer. It is left with the one that it would otherwise make up.
  void takeFields(httplib::Response& response) {
    fieldLines_ = missingCommonLines(response, exchange_.requestId).append(answerFields_.to(exchange_.peer));
    std::string type = response.body.empty() ? "" : "application/json; charset=utf-8";
    for (auto& [name, value] : response.headers) {
      if (sameWord(name, "Connection")) {
        if (sameWord(value, "close")) persistence_ = Framing::Persistence::close;
      } else if (sameWord(name, "Content-Type")) {
        type = std::move(value);
      } else if (!sameWord(name, "Content-Length")) {
        appendField(fieldLines_, name, value);
      }
    }
    response.headers.clear();
    if (!type.empty()) response.headers.emplace("Content-Type", std::move(type));
  }

  void polish(httplib::Response& response) {
    const bool hasBody = response.status != 204 && response.status != 304;
    if (!hasBody) response.body.clear();
    for (const auto& [name, value] : response.headers) {
      if (sameWord(name, "Connection") && persistence_ == Framing::Persistence::keepAlive) continue;
      if (sameWord(name, "Content-Length") && !hasBody) continue;  // RFC 9110 8.6
      if (sameWord(name, "Accept-Ranges")) continue;               // they are not served
      appendField(fieldLines_, name, value);
    }
    response.headers.clear();
  }

  void insertFieldLines() {
    const std::size_t statusLineEnd = output_.find("\r\n");
    if (statusLineEnd != std::string::npos) output_.insert(statusLineEnd + 2, fieldLines_);
  }

  void fail(httplib::Response& response, std::string_view reason) {
    logFailure(reason);
    exchange_.stream.reset();
    exchange_.queueing.reset();
    answerInternalError(response);
  }

  /// For want of memory, in the handler or around it. What the handler has done by then is not known, and 503
  /// would say that nothing has happened: so nothing is said, and the connection closes.
  void breakOff() {
    logFailure("out of memory");
    handled_ = true;
    exchange_.stream.reset();
    exchange_.queueing.reset();
    exchange_.broken = BrokenAnswer{};
  }

  /// For what fails outside the handler: httplib itself, or memory.
  void giveUp(std::string_view reason) {
    logFailure(reason);
    handled_ = true;
    exchange_.stream.reset();
    exchange_.queueing.reset();
    persistence_ = Framing::Persistence::close;
    output_ = formatRefusal(refusals::internalError, exchange_.requestId, answerFields_.to(exchange_.peer));
  }

  void logFailure(std::string_view reason) {
    log_.writeRepeatable(LogLevel::error, "request_failed", exchange_.peer.address,
                         {{"request_id", exchange_.requestId},
                          {"ip", exchange_.peer.address},
                          {"method", framing_->method},
                          {"target", framing_->target.substr(0, framing_->target.find('?'))},
                          {"reason", reason}});
  }

  // Constant after construction.
  RequestHandler& handler_;
  Log& log_;
  const AnswerFields& answerFields_;

  // The request in hand.
  std::string_view received_;
  const Framing* framing_ = nullptr;
  Framing::Persistence persistence_ = Framing::Persistence::close;
  Exchange exchange_;
  bool handled_ = false;

  // Kept for their memory.
  std::string target_;
  std::string requestLine_;
  std::string output_;
  std::string fieldLines_;
  std::string streamHead_;
};

HttplibSeam::HttplibSeam(RequestHandler& handler, Log& log, const AnswerFields& answerFields)
    : server_(std::make_unique<Server>(handler, log, answerFields)) {}

HttplibSeam::~HttplibSeam() = default;

void HttplibSeam::wipe() {
  server_->wipe();
}

HttplibSeam::Answer HttplibSeam::answer(std::string_view received, const Framing& framing, Exchange exchange,
                                        Framing::Persistence persistence) {
  return server_->answer(received, framing, std::move(exchange), persistence);
}

}  // namespace glitch_protocol::web
