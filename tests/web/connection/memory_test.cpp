// Tests what remains of passwords and tokens in the memory of this process after a client in another process
// has used them.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/catch.h"
#include "tests/support/api_fixture.h"
#include "tests/support/connection_fixture.h"
#include "web/connection/server.h"

// Sanitizers keep freed memory unchanged.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace glitch_protocol::web::testing {
namespace {

// This process knows the texts only in another spelling; otherwise it would find its own copy.
constexpr char mask = '\x80';

constexpr char masked(char c) {
  return static_cast<char>(c ^ mask);
}

std::string masked(std::string_view text) {
  std::string result;
  for (const char c : text) result.push_back(masked(c));
  return result;
}

template <std::size_t size>
consteval std::array<char, size - 1> hidden(const char (&text)[size]) {
  std::array<char, size - 1> result{};
  for (std::size_t i = 0; i + 1 < size; ++i) result[i] = masked(text[i]);
  return result;
}

constexpr auto longPassword = hidden("Canary-7f3a91c2, too long for a short string");
constexpr auto shortPassword =
    hidden("Cnry-91c2f3");  // std::string stores up to 15 characters in the object itself
constexpr auto newPassword = hidden("Canary-b81d44e0, the next one");

template <std::size_t size>
std::string_view viewOf(const std::array<char, size>& text) {
  return {text.data(), size};
}

/// The number of occurrences of the text in the writable memory of this process, which is not copied for the
/// search.
std::size_t copiesOf(std::string_view maskedText) {
  std::size_t copies = 0;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    std::istringstream fields(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::string rights;
    fields >> std::hex >> begin;
    fields.ignore(1) >> end >> rights;
    if (!rights.starts_with("rw")) continue;
    const auto* at = reinterpret_cast<const char*>(begin);
    const auto* const last = reinterpret_cast<const char*>(end) - maskedText.size();
    while (at <= last) {
      at = static_cast<const char*>(
          std::memchr(at, masked(maskedText.front()), static_cast<std::size_t>(last - at) + 1));
      if (at == nullptr) break;
      std::size_t same = 1;
      while (same < maskedText.size() && at[same] == masked(maskedText[same])) ++same;
      if (same == maskedText.size()) ++copies;
      ++at;
    }
  }
  return copies;
}

/// The client part of the test, in its own process. *One thread at a time.*
class Visit {
 public:
  explicit Visit(const std::string& address) : client_(address) {}

  /// Returns the tokens that are no longer needed, then the access token that was accepted; masked, one per
  /// line.
  std::string run() {
    const std::string password = masked(viewOf(longPassword));
    const std::string next = masked(viewOf(newPassword));
    enter("/api/auth/register", "bob@example.org", masked(viewOf(shortPassword)));
    enter("/api/auth/login", "bob@example.org", masked(viewOf(shortPassword)));
    enter("/api/auth/login", "nobody@example.org", password);
    enter("/api/auth/register", "ada@example.org", password);
    enter("/api/auth/login", "ada@example.org", password);
    post("/api/auth/refresh", "{\"refreshToken\":\"" + refreshToken_ + "\"}");
    const std::string accepted = accessToken_;
    client_.say("GET /api/auth/verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + accepted + "\r\n\r\n");
    client_.answer();
    post("/api/auth/password", R"({"currentPassword":")" + password + R"(","newPassword":")" + next + "\"}",
         "Authorization: Bearer " + accepted + "\r\n");
    enter("/api/auth/login", "ada@example.org", next);
    post("/api/auth/logout", "{\"refreshToken\":\"" + refreshToken_ + "\"}");
    std::erase(seen_, accepted);
    seen_.push_back(accepted);

    std::string report;
    for (const std::string& token : seen_) report += masked(token.substr(token.size() - 32)) + '\n';
    return report;
  }

 private:
  void enter(const std::string& path, const std::string& email, const std::string& password) {
    post(path, R"({"delivery":"body","email":")" + email + R"(","password":")" + password + "\"}");
  }

  void post(const std::string& path, const std::string& body, const std::string& fields = "") {
    client_.say("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + fields +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const std::string answer = client_.answer().body;
    take(answer, "accessToken", accessToken_);
    take(answer, "refreshToken", refreshToken_);
  }

  void take(std::string_view json, const std::string& name, std::string& token) {
    const std::string key = '"' + name + "\":\"";
    const std::size_t at = json.find(key);
    if (at == std::string_view::npos) return;
    const std::string_view rest = json.substr(at + key.size());
    token = rest.substr(0, rest.find('"'));
    seen_.push_back(token);
  }

  RawClient client_;
  std::string accessToken_;
  std::string refreshToken_;
  std::vector<std::string> seen_;
};

std::string readAll(int descriptor) {
  std::string text;
  std::array<char, 4096> bytes{};
  for (ssize_t count = 0; (count = ::read(descriptor, bytes.data(), bytes.size())) > 0;)
    text.append(bytes.data(), static_cast<std::size_t>(count));
  return text;
}

/// Forks before this process has threads; the child starts when it is given an address. *One thread at a
/// time.*
class ClientProcess {
 public:
  ClientProcess() {
    REQUIRE(::pipe(toChild_.data()) == 0);
    REQUIRE(::pipe(toParent_.data()) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) live();
    ::close(toChild_[0]);
    ::close(toParent_[1]);
  }
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;
  ~ClientProcess() {
    ::close(toParent_[0]);
    if (toChild_[1] >= 0) ::close(toChild_[1]);
    ::waitpid(child_, nullptr, 0);
  }

  /// The lines reported by the visit.
  std::vector<std::string> visit(const std::string& address) {
    REQUIRE(::write(toChild_[1], address.data(), address.size()) == static_cast<ssize_t>(address.size()));
    ::close(std::exchange(toChild_[1], -1));
    std::vector<std::string> lines;
    std::istringstream report(readAll(toParent_[0]));
    for (std::string line; std::getline(report, line);) lines.push_back(line);
    return lines;
  }

 private:
  [[noreturn]] void live() {
    ::close(toChild_[1]);
    ::close(toParent_[0]);
    try {
      const std::string address = readAll(toChild_[0]);
      const std::string report = address.empty() ? "" : Visit(address).run();
      ::_exit(::write(toParent_[1], report.data(), report.size()) < 0 ? 1 : 0);
    } catch (...) {
      ::_exit(1);
    }
  }

  std::array<int, 2> toChild_{-1, -1};
  std::array<int, 2> toParent_{-1, -1};
  pid_t child_ = -1;
};

void checkCopies(std::string_view what, std::string_view maskedText, std::size_t wanted) {
  INFO(what);
  // The server wipes its buffers after sending the answer.
  eventually([&] { return copiesOf(maskedText) == wanted; });
  CHECK(copiesOf(maskedText) == wanted);
}

}  // namespace

TEST_CASE("no password or token stays in memory, except access tokens that were accepted") {
  ClientProcess client;
  World world;
  world.engine.jwtSecret = Secret("a secret of this test alone: no other has its tokens");
  Surface surface(std::move(world));
  Log log(
      LogLevel::debug, LogFormat::text, [] { return std::chrono::system_clock::time_point(); },
      [](std::string_view) {});
  ConnectionServer server(smallLimits(), surface.api, log);
  server.listen("127.0.0.1:0");
  server.start();

  auto tokens = client.visit(server.addresses().front());
  REQUIRE(tokens.size() > 10);
  const std::string accepted = tokens.back();
  tokens.pop_back();

  checkCopies("the long password", viewOf(longPassword), 0);
  checkCopies("the short password", viewOf(shortPassword), 0);
  checkCopies("the new password", viewOf(newPassword), 0);
  for (std::size_t n = 0; n < tokens.size(); ++n) checkCopies("token " + std::to_string(n), tokens[n], 0);
  checkCopies("the accepted access token, kept by VerifiedTokens", accepted, 1);
}

}  // namespace glitch_protocol::web::testing

#endif
