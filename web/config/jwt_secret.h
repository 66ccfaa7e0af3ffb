// The secret that signs tokens: how strong it must be, and the file that stores it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/random.h"
#include "engine/secret.h"
#include "web/config/config.h"

namespace glitch_protocol::web {

/// Why the secret is too weak (too short, too regular, a phrase, a placeholder); nothing if it is strong enough.
/// The sentence says what to do, and contains no part of the secret.
std::optional<std::string> weaknessOf(std::string_view secret);

/// 64 characters of base64url: 48 random bytes.
Secret makeSecret(RandomSource&);

/// The secret in force: the configured one, else the content of the secret file. If no file is configured and
/// neither the default file nor the database exists, this is a first start: the default file is created (0600,
/// durable) with a new secret. If only one of the two exists, ConfigError says what to do: a new secret would sign
/// everybody out, and a new database would be empty, so people have to decide. ConfigError also for a file that is
/// missing, weak or open to others.
Secret loadJwtSecret(const Config&, RandomSource&);

/// Throws as loadJwtSecret() does, and creates nothing.
void checkJwtSecret(const Config&);

}  // namespace glitch_protocol::web
