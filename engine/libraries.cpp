// Reads the versions of OpenSSL and libcrypt.
#include "engine/libraries.h"

#include <crypt.h>
#include <openssl/crypto.h>

namespace glitch_protocol::inline v1 {

namespace {

#ifdef XCRYPT_VERSION_STR
constexpr const char* libcryptVersion = XCRYPT_VERSION_STR;
#else
constexpr const char* libcryptVersion = "unknown";
#endif

}  // namespace

std::vector<Library> engineLibraries() {
  return {{"OpenSSL", OpenSSL_version(OPENSSL_VERSION_STRING)}, {"libcrypt", libcryptVersion}};
}

}  // namespace glitch_protocol::inline v1
