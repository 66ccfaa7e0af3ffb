// The secret that signs tokens: what is good enough, and the file that keeps it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/random.h"
#include "engine/secret.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// Why this must not sign anything (too short, too regular, a phrase, a placeholder), or nothing. The
/// sentence says what to do, and holds nothing of the secret.
std::optional<std::string> weaknessOf(std::string_view secret);

/// 64 characters of base64url: 48 random bytes.
Secret makeSecret(RandomSource&);

/// The secret in force: the configured one, else the content of the secret file. Where no file was
/// configured, none exists and there is no database either, that is a first start: the default file is made
/// (0600, durable) with a new secret. With only one of the two ConfigError says how to go on: a new secret
/// would sign everybody out, and a new database would hold nobody, which is for people to decide. ConfigError
/// also for a file that is missing, weak or open to others.
Secret loadJwtSecret(const Config&, RandomSource&);

/// What loadJwtSecret would refuse, without making anything.
void checkJwtSecret(const Config&);

}  // namespace glitch_protocol::web
