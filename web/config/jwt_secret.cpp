// Judges, creates and reads the secret that signs tokens.
#include "web/config/jwt_secret.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <system_error>

#include "engine/text/ascii.h"
#include "engine/text/encoding.h"
#include "web/config/private_file.h"

namespace glitch_protocol::web {
namespace {

constexpr std::string_view remedy = "; the command auth-server secret prints a good one";

/// The chance that 64 random characters contain one of these is less than one in ten million.
constexpr std::array<std::string_view, 9> placeholders{"changeme", "change-me", "change_me",
                                                       "secret",   "password",  "passphrase",
                                                       "example",  "default",   "replace"};

std::string lowerCase(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = toLower(c);
  return result;
}

/// Letters of one case with separators: words, not random characters.
bool isPhrase(std::string_view text) {
  const auto only = [&](auto isLetter) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
      return isLetter(static_cast<unsigned char>(c)) != 0 ||
             std::string_view("-_.,:;!?'").find(c) != std::string_view::npos;
    });
  };
  return only([](int c) { return std::islower(c); }) || only([](int c) { return std::isupper(c); });
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

bool hasContent(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return !error && size > 0;
}

Secret readSecretFile(const std::string& path) {
  FileText file;
  try {
    file = readFile(path);
  } catch (const std::runtime_error& error) {
    throw ConfigError({error.what()});
  }
  if (file.text.ends_with('\n')) file.text.pop_back();
  Secret secret(file.text);
  wipe(file.text);
  if (const auto error = exposure(file, Content::secret)) throw ConfigError({*error});
  if (const auto error = weaknessOf(secret.view())) throw ConfigError({path + ": the secret " + *error});
  return secret;
}

[[noreturn]] void refuseToReplace(const std::string& path, const std::string& database) {
  throw ConfigError(
      {"the database " + database + " exists, but its secret " + path +
       " does not, and a new one would sign everybody out; put it back, or, if it is lost, make another "
       "with: (umask 077; auth-server secret > " +
       path + ")"});
}

/// The first start creates both, the secret first.
[[noreturn]] void refuseToBeginAnew(const std::string& path, const std::string& database) {
  throw ConfigError({"the secret " + path + " exists, but its database " + database +
                     " is missing or empty; put that back (or a backup of it), or remove " + path +
                     " to begin with an empty one"});
}

/// The path of the secret file, whether it exists or not.
std::string secretFileOf(const Config& config) {
  return config.jwtSecretFile.empty() ? defaultSecretFile(config.database) : config.jwtSecretFile;
}

bool isFirstStart(const Config& config) {
  const std::string path = secretFileOf(config);
  if (!config.jwtSecretFile.empty()) return false;
  const bool hasDatabase = hasContent(config.database);
  if (exists(path) && !hasDatabase) refuseToBeginAnew(path, config.database);
  if (!exists(path) && hasDatabase) refuseToReplace(path, config.database);
  return !hasDatabase;
}

}  // namespace

std::optional<std::string> weaknessOf(std::string_view secret) {
  const auto because = [](std::string reason) { return std::optional(std::move(reason += remedy)); };
  // With a comma it could not go into jwt_previous_secrets later.
  const auto isForbidden = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == ','; };
  if (std::any_of(secret.begin(), secret.end(), isForbidden))
    return because("holds blanks, line ends or commas, as phrases do and random text does not");
  if (const auto weakness = weaknessOfKey(secret)) return because(*weakness);
  const std::string lower = lowerCase(secret);
  for (const std::string_view word : placeholders)
    if (lower.find(word) != std::string::npos)
      return because("holds the word \"" + std::string(word) + "\", so it is a placeholder or a phrase");
  if (isPhrase(secret)) return because("looks like words");
  return std::nullopt;
}

Secret makeSecret(RandomSource& random) {
  std::string raw(48, '\0');
  random.fill({reinterpret_cast<std::uint8_t*>(raw.data()), raw.size()});
  std::string text = base64urlEncode(raw);
  Secret secret(text);
  wipe(text);
  wipe(raw);
  return secret;
}

Secret loadJwtSecret(const Config& config, RandomSource& random) {
  if (!config.engine.jwtSecret.empty()) return config.engine.jwtSecret;
  const std::string path = secretFileOf(config);
  if (isFirstStart(config)) {
    try {
      std::string line = std::string(makeSecret(random).view()) + "\n";
      createPrivateFile(path, line);
      wipe(line);
    } catch (const std::runtime_error& error) {
      throw ConfigError({error.what()});
    }
  }
  return readSecretFile(path);
}

void checkJwtSecret(const Config& config) {
  if (!config.engine.jwtSecret.empty() || isFirstStart(config)) return;
  readSecretFile(secretFileOf(config));
}

}  // namespace glitch_protocol::web
