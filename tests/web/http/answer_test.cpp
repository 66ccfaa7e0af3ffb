// Tests of Answer and of the head that is sent for it.
#include "web/http/answer.h"

#include "tests/catch.h"
#include "web/connection/answer_head.h"

namespace glitch_protocol::web {

namespace {

std::string headOf(const Answer& answer, HeadSettings::Kind kind = HeadSettings::Kind::whole) {
  std::string head;
  appendHead(head, answer, {"0123", "X-Also: yes\r\n", Framing::Persistence::keepAlive, kind});
  return head;
}

}  // namespace

TEST_CASE("adding, replacing and removing fields ignores the case of names") {
  Answer answer;
  answer.add("Set-Cookie", "a=1");
  answer.add("Allow", "GET");
  answer.add("set-cookie", "b=2");
  CHECK(answer.values("SET-COOKIE") == std::vector<std::string_view>{"a=1", "b=2"});
  answer.set("Set-Cookie", "c=3");
  CHECK(answer.lines() == "Allow: GET\r\nSet-Cookie: c=3\r\n");
  answer.remove("ALLOW");
  CHECK_FALSE(answer.has("Allow"));
  CHECK(answer.value("Set-Cookie") == "c=3");
  CHECK_FALSE(answer.has("Set"));
}

TEST_CASE("the head has the common fields and those of the answer") {
  Answer answer;
  succeed(answer);
  answer.add("Remote-User", "ada");
  CHECK(headOf(answer) ==
        "HTTP/1.1 200 OK\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nX-Request-Id: 0123\r\nX-Also: yes\r\nRemote-User: ada\r\n"
        "Content-Type: application/json; charset=utf-8\r\nContent-Length: 26\r\n\r\n");
}

TEST_CASE("a common field set by the answer is sent once, and 204 announces no body") {
  Answer answer;
  answer.status = 204;
  answer.set("cache-control", "private");
  const std::string head = headOf(answer);
  CHECK(head.find("no-store") == std::string::npos);
  CHECK(head.find("cache-control: private\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
  CHECK(head.find("Content-Type: ") == std::string::npos);
}

TEST_CASE("a wiped answer keeps the memory of a short body and gives back that of a long one") {
  Answer answer;
  answer.body.assign(1000, 'x');
  answer.wipe();
  CHECK(answer.body.empty());
  CHECK(answer.body.capacity() >= 1000);
  answer.body.assign(100'000, 'x');
  answer.wipe();
  CHECK(answer.body.capacity() < 64 * 1024);
}

TEST_CASE("the head of a stream has no length") {
  Answer answer;
  answer.contentType = "text/event-stream";
  const std::string head = headOf(answer, HeadSettings::Kind::stream);
  CHECK(head.find("Content-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(head.find("Content-Length") == std::string::npos);
}

}  // namespace glitch_protocol::web
