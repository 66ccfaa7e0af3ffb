// Implements RFC 2104 with one SHA-256 that is fetched once and one digest context per thread. OpenSSL's own HMAC
// is much slower here: HMAC() fetches its algorithm under locks on every call, and a keyed EVP_MAC_CTX cannot be
// shared between threads, so each thread would need one for each key, and would keep it after the key has been
// destroyed.
#include "engine/tokens/hmac.h"

#include <openssl/evp.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>

#include "engine/text/encoding.h"

namespace glitch_protocol::inline v1 {

namespace {

constexpr std::size_t blockSize = 64;  // of SHA-256

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetched once, because fetching takes locks inside OpenSSL.
const EVP_MD* fetchedSha256() {
  static const std::unique_ptr<EVP_MD, FreeDigest> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  if (!digest) throw std::runtime_error("OpenSSL offers no SHA-256");
  return digest.get();
}

EVP_MD_CTX* contextOfThisThread() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return context.get();
}

Mac sha256(std::initializer_list<std::string_view> parts) {
  EVP_MD_CTX* context = contextOfThisThread();
  Mac digest{};
  bool ok = context != nullptr && EVP_DigestInit_ex2(context, fetchedSha256(), nullptr) == 1;
  for (const std::string_view part : parts) {
    ok = ok && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  }
  ok = ok && EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
  if (!ok) throw std::runtime_error("SHA-256 failed");
  return digest;
}

Secret padded(std::string_view key, unsigned char pad) {
  std::string block(blockSize, '\0');
  std::copy(key.begin(), key.end(), block.begin());
  for (char& byte : block) byte = static_cast<char>(static_cast<unsigned char>(byte) ^ pad);
  Secret result(block);
  wipe(block);
  return result;
}

// RFC 2104: a key longer than a block is replaced by its digest.
Secret fittingKey(const Secret& key) {
  return key.size() <= blockSize ? key : Secret(bytesOf(sha256({key.view()})));
}

}  // namespace

std::string_view bytesOf(const Mac& mac) {
  return {reinterpret_cast<const char*>(mac.data()), mac.size()};
}

HmacKey::HmacKey(const Secret& key)
    : innerPad_(padded(fittingKey(key).view(), 0x36)), outerPad_(padded(fittingKey(key).view(), 0x5c)) {}

Mac HmacKey::sign(std::string_view message) const {
  const Mac inner = sha256({innerPad_.view(), message});
  return sha256({outerPad_.view(), bytesOf(inner)});
}

bool HmacKey::verify(std::string_view message, std::string_view mac) const {
  if (mac.size() != Mac{}.size()) return false;
  return equalBytes(bytesOf(sign(message)), mac);
}

Secret hkdfSha256(const Secret& inputKey, std::string_view info) {
  // RFC 5869, 2.2 and 2.3: an empty salt is a key of zeros, and the first 32 bytes of output are the block T(1).
  const Mac extracted = HmacKey(Secret()).sign(inputKey.view());
  const std::string firstBlock = std::string(info) + '\x01';
  return Secret(bytesOf(HmacKey(Secret(bytesOf(extracted))).sign(firstBlock)));
}

}  // namespace glitch_protocol::inline v1
