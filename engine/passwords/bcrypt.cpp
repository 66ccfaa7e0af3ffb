// Validates hashes and passwords, and calls libxcrypt.
#include "engine/passwords/bcrypt.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include "engine/text/ascii.h"
#include "engine/text/encoding.h"

namespace glitch_protocol::inline v1 {

namespace {

// The format: "$2b$10$", 22 characters of salt, 31 of digest.
constexpr std::size_t hashLength = 60;
constexpr std::size_t costStart = 4;
constexpr std::size_t saltStart = 7;
constexpr std::size_t lastSaltCharacter = saltStart + 21;
constexpr std::size_t saltBytes = 16;
constexpr std::string_view bcryptAlphabet =
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// libxcrypt's working memory of 32 KiB, which is too large for small stacks. It contains the password while hashing and
// is wiped afterwards.
class CryptMemory {
 public:
  ~CryptMemory() { OPENSSL_cleanse(data_.get(), sizeof(crypt_data)); }

  // The hash of `password` under `setting` (a hash or the start of one), or "" when libxcrypt fails.
  std::string hash(std::string_view password, const std::string& setting) {
    std::copy(password.begin(), password.end(), data_->input);
    data_->input[password.size()] = '\0';
    const char* hash = crypt_rn(data_->input, setting.c_str(), data_.get(), sizeof(crypt_data));
    return hash == nullptr || hash[0] == '*' ? "" : hash;
  }

 private:
  std::unique_ptr<crypt_data> data_ = std::make_unique<crypt_data>();
};

static_assert(maxBcryptPasswordBytes < CRYPT_MAX_PASSPHRASE_SIZE,
              "a password and its NUL fit into crypt_data::input");

bool hasKnownPrefix(std::string_view hash) {
  return hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$");
}

// A salt of 16 bytes takes 21 1/3 characters. libxcrypt ignores the four spare bits of the last character and writes
// zeros there; other programs may have stored any value.
std::string canonical(std::string_view hash) {
  std::string result(hash);
  char& last = result[lastSaltCharacter];
  last = bcryptAlphabet[bcryptAlphabet.find(last) & 0x30];
  return result;
}

std::string newSetting(int cost, RandomSource& random) {
  std::array<std::uint8_t, saltBytes> salt{};
  random.fill(salt);
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  // The cost is always explicit, because libxcrypt takes 0 to mean 5.
  const char* made =
      crypt_gensalt_rn("$2b$", static_cast<unsigned long>(cost), reinterpret_cast<const char*>(salt.data()),
                       static_cast<int>(salt.size()), setting.data(), static_cast<int>(setting.size()));
  if (made == nullptr) throw std::runtime_error("libxcrypt made no bcrypt salt");
  return made;
}

}  // namespace

bool isBcryptPassword(std::string_view password) {
  return password.size() <= maxBcryptPasswordBytes && password.find('\0') == std::string_view::npos;
}

std::string bcryptHash(std::string_view password, int cost, RandomSource& random) {
  if (cost < minBcryptCost || cost > maxBcryptCost) throw std::invalid_argument("bcrypt cost out of range");
  if (!isBcryptPassword(password)) throw std::invalid_argument("bcrypt would cut this password");
  std::string hash = CryptMemory().hash(password, newSetting(cost, random));
  if (bcryptCost(hash) != cost) throw std::runtime_error("libxcrypt made no bcrypt hash");
  return hash;
}

bool bcryptCompare(std::string_view password, std::string_view storedHash) {
  if (!isBcryptPassword(password) || !bcryptCost(storedHash)) return false;
  const std::string expected = canonical(storedHash);
  const std::string actual = CryptMemory().hash(password, expected);
  if (actual.empty()) throw std::runtime_error("libxcrypt could not compute a bcrypt hash");
  return equalBytes(actual, expected);
}

std::optional<int> bcryptCost(std::string_view storedHash) {
  if (storedHash.size() != hashLength || !hasKnownPrefix(storedHash)) return std::nullopt;
  const char tens = storedHash[costStart];
  const char ones = storedHash[costStart + 1];
  if (!isDigit(tens) || !isDigit(ones) || storedHash[saltStart - 1] != '$') return std::nullopt;
  const std::string_view saltAndDigest = storedHash.substr(saltStart);
  if (saltAndDigest.find_first_not_of(bcryptAlphabet) != std::string_view::npos) return std::nullopt;
  const int cost = (tens - '0') * 10 + (ones - '0');
  if (cost < minBcryptCost || cost > maxBcryptCost) return std::nullopt;
  return cost;
}

}  // namespace glitch_protocol::inline v1
