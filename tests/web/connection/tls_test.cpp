// Tests of TLS over real connections.
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/catch.h"
#include "tests/support/connection_fixture.h"
#include "web/connection/transport.h"

namespace glitch_protocol::web::testing {
namespace {

using namespace std::chrono_literals;

void writePem(const std::string& file, const std::function<int(std::FILE*)>& write) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"), std::fclose);
  if (!out || write(out.get()) != 1) throw std::runtime_error("cannot write " + file);
}

/// Writes a self-signed certificate for `name` and its key to `certificate` and `key` in the directory.
void makeCertificate(const TemporaryDirectory& directory, const std::string& name) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate.get()));
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  writePem(directory.file("certificate"), [&](auto* out) { return PEM_write_X509(out, certificate.get()); });
  writePem(directory.file("key"), [&](auto* out) {
    return PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

/// A client that accepts any certificate. *One thread at a time.*
class TlsClient {
 public:
  explicit TlsClient(const std::string& address, int maxVersion = TLS1_3_VERSION)
      : socket_(address), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(),
                               0);  // allows old versions, so that the server refuses them
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), maxVersion);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.descriptor());
    ERR_clear_error();
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  bool connected() const { return connected_; }
  void say(std::string_view bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  bool hears(const std::string& text) {
    std::array<char, 16384> bytes{};
    while (received_.find(text) == std::string::npos) {
      const int count = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (count <= 0) return false;
      received_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    received_.erase(0, received_.find(text) + text.size());
    return true;
  }
  /// Reads up to the end of the head of the next answer.
  std::string head() {
    std::string text;
    for (char c = 0; !text.ends_with("\r\n\r\n") && SSL_read(ssl_.get(), &c, 1) == 1;) text += c;
    return text;
  }
  std::string serverName() const {
    const std::unique_ptr<X509, void (*)(X509*)> certificate(SSL_get1_peer_certificate(ssl_.get()),
                                                             X509_free);
    std::array<char, 64> name{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              name.size());
    return name.data();
  }

 private:
  RawClient socket_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  SslSession ssl_;
  bool connected_ = false;
  std::string received_;
};

/// A server with a certificate for "first".
struct TlsServer : TestServer {
  explicit TlsServer(ScriptedHandler::Script script = {}) : TestServer(Unstarted{}, std::move(script)) {
    makeCertificate(directory, "first");
    server.useTls(directory.file("certificate"), directory.file("key"));
    server.listen("127.0.0.1:0");
    server.listen("unix:" + directory.file("socket"));
    server.start();
  }
  ~TlsServer() { server.stop(20s); }

  TemporaryDirectory directory;
};

}  // namespace

TEST_CASE("requests are answered over TLS 1.2 and 1.3, one after the other and pipelined") {
  TlsServer server([](const auto& request, auto& response, Exchange& exchange) {
    setText(response, std::string(request.body) + (exchange.peer.secure ? " secure;" : " plain;"));
  });
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    TlsClient client(server.address(), version);
    REQUIRE(client.connected());
    client.say(plainGet);
    CHECK(client.hears(" secure;"));
    client.say(std::string(plainGet) + "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab" +
               std::string(plainGet));
    CHECK(client.hears("ab secure;"));
    CHECK(client.hears(" secure;"));
  }
}

TEST_CASE("a Unix socket is not encrypted") {
  TlsServer server;
  CHECK(statusOf(server.server.addresses().at(1), plainGet) == 200);
}

namespace {

const std::string strictTransport = "\r\nStrict-Transport-Security: max-age=31536000\r\n";

std::size_t countOf(std::string_view part, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// Requests for each kind of answer: of a route, an error, a stream, and a refusal of the connection layer.
const std::vector<std::string> requestsOfEachKind{
    std::string(plainGet),
    "GET /throws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "HEAD / HTTP/3\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 17000\r\n\r\n",
};

void answerOneOfEachKind(const Request& request, Answer& response, Exchange& exchange) {
  if (request.path() == "/throws") throw std::runtime_error("a bug");
  if (request.path() == "/stream")
    exchange.stream = scriptedStream([](const std::shared_ptr<EventSink>& sink) { sink->finish(); }, {});
  response.connection = Answer::Connection::closed;
}

}  // namespace

TEST_CASE("every answer over TLS has Strict-Transport-Security once; no unencrypted answer has it") {
  TlsServer server(answerOneOfEachKind);
  for (const std::string& request : requestsOfEachKind) {
    INFO(request);
    TlsClient client(server.address());
    client.say(request);
    const std::string head = client.head();
    CHECK(countOf(strictTransport, head) == 1);
    CHECK(countOf("Strict-Transport", head) == 1);

    RawClient plain(server.server.addresses().at(1));
    const std::string whole = plain.say(request).rest();
    CHECK(countOf("HTTP/1.1 ", whole) == 1);
    CHECK(countOf("Strict-Transport", whole) == 0);
  }
}

TEST_CASE("a server without TLS sends no Strict-Transport-Security") {
  TestServer server(answerOneOfEachKind);
  for (const std::string& request : requestsOfEachKind) {
    INFO(request);
    RawClient client(server.address());
    const std::string whole = client.say(request).rest();
    CHECK(countOf("HTTP/1.1 ", whole) == 1);
    CHECK(countOf("Strict-Transport", whole) == 0);
  }
}

TEST_CASE("TLS 1.1 is refused") {
  TlsServer server;
  CHECK_FALSE(TlsClient(server.address(), TLS1_1_VERSION).connected());
  CHECK(TlsClient(server.address()).connected());
}

TEST_CASE("a client that does not use TLS is closed, and the next client is served") {
  TlsServer server;
  RawClient plain(server.address());
  plain.say(plainGet);
  CHECK(plain.rest().find("HTTP/") == std::string::npos);
  CHECK(TlsClient(server.address()).connected());
}

TEST_CASE("a handshake has a deadline, and a hundred stalled ones delay no one") {
  TlsServer server;
  std::vector<std::unique_ptr<RawClient>> hanging;
  for (int i = 0; i < 100; ++i) {
    hanging.push_back(std::make_unique<RawClient>(server.address()));
    hanging.back()->say("\x16\x03\x01");
  }
  CHECK(TlsClient(server.address()).connected());
  CHECK(eventually([&] { return server.server.openConnections() >= 100; }));
  server.pass(11s);
  int closed = 0;
  for (auto& client : hanging) closed += client->rest().empty();
  CHECK(closed == 100);
}

TEST_CASE("a large answer and a large body pass through TLS complete") {
  TlsServer server([](const Request& request, Answer& response, Exchange&) {
    setText(response, std::string(4 * 1024 * 1024, 'x') + std::string(request.body));
  });
  TlsClient client(server.address());
  client.say("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 16384\r\n\r\n" + std::string(16381, 'b') +
             "end" + std::string(plainGet));
  CHECK(client.hears("bbbend"));
  CHECK(client.hears("HTTP/1.1 200 OK"));
}

TEST_CASE("an event stream works over TLS") {
  std::mutex mutex;
  std::shared_ptr<EventSink> sink;
  TlsServer server([&](const auto&, auto&, Exchange& exchange) {
    exchange.stream = scriptedStream(
        [&](std::shared_ptr<EventSink> opened) {
          const std::lock_guard lock(mutex);
          sink = std::move(opened);
        },
        {});
  });
  TlsClient client(server.address());
  client.say(plainGet);
  CHECK(client.hears("\r\n\r\n"));
  const std::lock_guard lock(mutex);
  sink->send(std::make_shared<const std::string>("news\n"));
  CHECK(client.hears("news\n"));
}

TEST_CASE("after a reload, new connections use the new certificate") {
  TlsServer server;
  TlsClient before(server.address());
  makeCertificate(server.directory, "second");
  CHECK(server.server.reloadTls());
  CHECK(before.serverName() == "first");
  before.say(plainGet);
  CHECK(before.hears("GET /x"));
  CHECK(TlsClient(server.address()).serverName() == "second");
}

TEST_CASE("an invalid certificate is not used: the current one stays, and the reason is logged") {
  TlsServer server;
  const std::string broken = GENERATE("certificate", "key");
  std::ofstream(server.directory.file(broken)) << "nonsense";
  CHECK_FALSE(server.server.reloadTls());
  CHECK(server.logLines.contain("certificate_kept"));
  CHECK(server.logLines.contain(server.directory.file(broken)));
  CHECK(TlsClient(server.address()).serverName() == "first");
}

TEST_CASE("a key that belongs to another certificate is refused") {
  TemporaryDirectory one;
  TemporaryDirectory other;
  makeCertificate(one, "one");
  makeCertificate(other, "other");
  TestServer server(TestServer::Unstarted{}, {});
  CHECK_THROWS_AS(server.server.useTls(one.file("certificate"), other.file("key")), std::runtime_error);
  CHECK_THROWS_AS(server.server.useTls(one.file("missing"), one.file("key")), std::runtime_error);
  CHECK_FALSE(server.server.reloadTls());
}

}  // namespace glitch_protocol::web::testing
