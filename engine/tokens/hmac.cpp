// HMAC by OpenSSL's EVP_MAC, with one context a thread that takes its key anew for each message: a keyed context
// cannot be shared between threads, and one for each thread and key would outlive the key. The context keeps its last
// key until the next one comes or the thread ends, and OpenSSL wipes it then.
//
// This costs about half as much again as RFC 2104 written out over one SHA-256 context, 0.4 us a message. A refresh
// computes three, which is 1 % of its processor time; a verified access token none (verified_tokens.h).
#include "engine/tokens/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/text/encoding.h"

namespace glitch_protocol {

namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};
struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MAC_CTX, FreeContext>;

/// Fetching takes locks inside OpenSSL, so it happens once a thread. Null when OpenSSL fails.
Context newContext() {
  const std::unique_ptr<EVP_MAC, FreeMac> hmac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  Context context(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
  std::array<char, 7> digest{"SHA256"};
  const std::array<OSSL_PARAM, 2> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0), OSSL_PARAM_construct_end()};
  if (context && EVP_MAC_CTX_set_params(context.get(), parameters.data()) != 1) context.reset();
  return context;
}

EVP_MAC_CTX* contextOfThisThread() {
  thread_local Context context = newContext();
  if (!context) context = newContext();  // memory was lacking the last time
  return context.get();
}

const unsigned char* bytes(std::string_view text) {
  // OpenSSL takes a null key for "the same as before".
  return reinterpret_cast<const unsigned char*>(text.data() != nullptr ? text.data() : "");
}

}  // namespace

std::string_view bytesOf(const Mac& mac) {
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

HmacKey::HmacKey(const Secret& key) : key_(key) {}

Mac HmacKey::sign(std::string_view message) const {
  EVP_MAC_CTX* context = contextOfThisThread();
  const std::string_view key = key_.view();
  Mac mac{};
  std::size_t size = 0;
  const bool ok = context != nullptr && EVP_MAC_init(context, bytes(key), key.size(), nullptr) == 1 &&
                  EVP_MAC_update(context, bytes(message), message.size()) == 1 &&
                  EVP_MAC_final(context, mac.data(), &size, mac.size()) == 1;
  if (!ok || size != mac.size()) throw std::runtime_error("HMAC failed");
  return mac;
}

bool HmacKey::verify(std::string_view message, std::string_view mac) const {
  if (mac.size() != Mac{}.size()) return false;
  return equalBytes(bytesOf(sign(message)), mac);
}

Secret hkdfSha256(const Secret& inputKey, std::string_view info) {
  // RFC 5869, 2.2 and 2.3: an empty salt is a key of zeros, and 32 bytes are the first block T(1) alone.
  const Mac extracted = HmacKey(Secret()).sign(inputKey.view());
  const std::string firstBlock = std::string(info) + '\x01';
  return Secret(bytesOf(HmacKey(Secret(bytesOf(extracted))).sign(firstBlock)));
}

}  // namespace glitch_protocol
