// The C interface on top of the facade: no exception leaves it, and it writes into the caller's buffers only.
#include "web/embed/auth_c.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "web/embed/auth.h"

struct glitch_auth_handle {
  glitch_auth::Auth auth;
};

namespace {

using glitch_auth::AuthOptions;
using glitch_protocol::SessionId;
using glitch_protocol::TimePoint;
using glitch_protocol::UserId;

struct LastError {
  std::string sentence;
  std::string code;
};
thread_local LastError lastError;

glitch_auth_status fail(glitch_auth_status status, std::string_view sentence, std::string_view code = "") {
  try {
    lastError = {std::string(sentence), std::string(code)};
  } catch (const std::bad_alloc&) {
    lastError.sentence.clear();
    lastError.code.clear();
  }
  return status;
}

glitch_auth_status fail(const glitch_protocol::Denial& denial) {
  try {
    glitch_protocol::throwDenial(denial);
  } catch (const glitch_protocol::AuthError& error) {
    return fail(GLITCH_AUTH_DENIED, error.what(), error.code());
  }
}

/// Runs `call`, which returns a status, and turns what it throws into one.
template <class Call>
glitch_auth_status guarded(Call call) {
  try {
    return call();
  } catch (const glitch_protocol::ValidationError& error) {
    return fail(GLITCH_AUTH_INVALID, error.fields().empty() ? error.what() : error.fields().front().message);
  } catch (const glitch_protocol::AuthError& error) {
    return fail(GLITCH_AUTH_DENIED, error.what(), error.code());
  } catch (const glitch_protocol::StoreError& error) {
    return fail(GLITCH_AUTH_UNAVAILABLE, error.what());
  } catch (const glitch_protocol::BusyError& error) {
    return fail(GLITCH_AUTH_UNAVAILABLE, error.what());
  } catch (const std::invalid_argument& error) {
    return fail(GLITCH_AUTH_INVALID, error.what());
  } catch (const std::bad_alloc&) {
    return fail(GLITCH_AUTH_FAILED, "out of memory");
  } catch (const std::exception& error) {
    return fail(GLITCH_AUTH_FAILED, error.what());
  } catch (...) {
    return fail(GLITCH_AUTH_FAILED, "an exception of an unknown type");
  }
}

/// Throws std::invalid_argument unless every pointer is set.
void require(std::initializer_list<const void*> pointers) {
  for (const void* pointer : pointers) {
    if (pointer == nullptr) throw std::invalid_argument("an argument is NULL that must not be");
  }
}

std::string_view textOf(const char* text) {
  return text == nullptr ? std::string_view{} : std::string_view{text};
}

/// Text that does not fit is an error.
template <std::size_t Size>
void copy(std::string_view text, char (&buffer)[Size]) {
  if (text.size() >= Size) throw std::length_error("a text does not fit into its buffer");
  std::memcpy(buffer, text.data(), text.size());
  buffer[text.size()] = '\0';
}

/// Text of a client, which is of interest even when it is cut: whole characters of it.
template <std::size_t Size>
void copyCut(std::string_view text, char (&buffer)[Size]) {
  std::size_t length = std::min(text.size(), Size - 1);
  while (length < text.size() && length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U)
    --length;
  copy(text.substr(0, length), buffer);
}

std::int64_t millisecondsOf(TimePoint time) {
  return time.time_since_epoch().count();
}

void copy(const glitch_protocol::TokenPair& tokens, const UserId& user, const SessionId& session,
          glitch_auth_tokens& result) {
  glitch_auth_tokens filled{};
  copy(user.str(), filled.user_id);
  copy(session.str(), filled.session_id);
  copy(tokens.accessToken, filled.access_token);
  copy(tokens.refreshToken, filled.refresh_token);
  filled.access_token_expires_at = millisecondsOf(tokens.accessTokenExpiresAt);
  filled.refresh_token_expires_at = millisecondsOf(tokens.refreshTokenExpiresAt);
  result = filled;
}

glitch_auth_session sessionOf(const glitch_protocol::SessionInfo& info) {
  glitch_auth_session session{};
  copy(info.id.str(), session.session_id);
  copyCut(info.client.ipAddress, session.ip_address);
  copyCut(info.client.userAgent, session.user_agent);
  session.created_at = millisecondsOf(info.createdAt);
  session.last_activity = millisecondsOf(info.lastActivity);
  session.expires_at = millisecondsOf(info.expiresAt);
  return session;
}

AuthOptions optionsOf(const glitch_auth_options& given) {
  require({given.database, given.jwt_secret});
  AuthOptions options;
  options.database = given.database;
  options.jwtSecret = std::string_view(static_cast<const char*>(given.jwt_secret), given.jwt_secret_length);
  options.users = glitch_protocol::trustCaller();
  glitch_auth::EngineConfig& engine = options.engine;
  if (given.access_token_minutes != 0)
    engine.accessTokenExpiryMinutes = std::chrono::minutes(given.access_token_minutes);
  if (given.refresh_token_days != 0)
    engine.refreshTokenExpiryDays = std::chrono::days(given.refresh_token_days);
  if (given.bcrypt_rounds != 0) engine.bcryptRounds = given.bcrypt_rounds;
  if (given.max_sessions_per_user < 0)
    throw std::invalid_argument("max_sessions_per_user must not be negative");
  if (given.max_sessions_per_user != 0)
    engine.maxSessionsPerUser = static_cast<std::size_t>(given.max_sessions_per_user);
  return options;
}

}  // namespace

extern "C" {

const char* glitch_auth_version(void) {
  return GLITCH_AUTH_VERSION_STRING;
}

const char* glitch_auth_last_error(void) {
  return lastError.sentence.c_str();
}

const char* glitch_auth_last_code(void) {
  return lastError.code.c_str();
}

glitch_auth_status glitch_auth_open(const glitch_auth_options* options, glitch_auth_handle** result) {
  return guarded([&] {
    require({options, result});
    if (options->size < sizeof(glitch_auth_options))
      throw std::invalid_argument("size must be sizeof(glitch_auth_options)");
    *result = new glitch_auth_handle{glitch_auth::Auth(optionsOf(*options))};
    return GLITCH_AUTH_OK;
  });
}

void glitch_auth_close(glitch_auth_handle* auth) {
  delete auth;
}

glitch_auth_status glitch_auth_create_session(glitch_auth_handle* auth, const char* user_id,
                                              const char* ip_address, const char* user_agent,
                                              glitch_auth_tokens* tokens) {
  return guarded([&] {
    require({auth, user_id, tokens});
    const UserId user(user_id);
    const auto created = auth->auth.engine().createSession(user, textOf(ip_address), textOf(user_agent));
    copy(created.tokens, user, created.session.id, *tokens);
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_rotate(glitch_auth_handle* auth, const char* refresh_token,
                                      glitch_auth_tokens* tokens) {
  return guarded([&] {
    require({auth, refresh_token, tokens});
    const auto rotated = auth->auth.engine().tryRotate(std::string_view(refresh_token));
    if (!rotated) return fail(rotated.denial());
    copy(rotated->tokens, rotated->userId, rotated->sessionId, *tokens);
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_authenticate(glitch_auth_handle* auth, const char* access_token,
                                            glitch_auth_identity* identity) {
  return guarded([&] {
    require({auth, access_token, identity});
    glitch_auth::Engine& engine = auth->auth.engine();
    const auto claims = engine.tryAuthenticate(access_token);
    if (!claims) return fail(claims.denial());
    engine.updateSessionActivity(claims->sessionId);
    glitch_auth_identity filled{};
    copy(claims->sub.str(), filled.user_id);
    copy(claims->sessionId.str(), filled.session_id);
    filled.issued_at = millisecondsOf(claims->issuedAt);
    filled.expires_at = millisecondsOf(claims->expiresAt);
    *identity = filled;
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_list_sessions(glitch_auth_handle* auth, const char* user_id,
                                             glitch_auth_session* sessions, size_t capacity, size_t* count) {
  return guarded([&] {
    require({auth, user_id, count});
    if (capacity > 0) require({sessions});
    const auto found = auth->auth.engine().getActiveSessions(UserId(user_id));
    std::transform(found.begin(),
                   found.begin() + static_cast<std::ptrdiff_t>(std::min(capacity, found.size())), sessions,
                   sessionOf);
    *count = found.size();
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_terminate_session(glitch_auth_handle* auth, const char* user_id,
                                                 const char* session_id, const char* reason) {
  return guarded([&] {
    require({auth, user_id, session_id});
    auth->auth.engine().terminateSession(SessionId(session_id), UserId(user_id), textOf(reason));
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_terminate_all(glitch_auth_handle* auth, const char* user_id,
                                             const char* reason, size_t* count) {
  return guarded([&] {
    require({auth, user_id});
    const std::size_t ended = auth->auth.engine().terminateAllSessions(UserId(user_id), textOf(reason));
    if (count != nullptr) *count = ended;
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_logout(glitch_auth_handle* auth, const char* refresh_token) {
  return guarded([&] {
    require({auth, refresh_token});
    auth->auth.engine().logoutByRefreshToken(std::string_view(refresh_token));
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_hash_password(glitch_auth_handle* auth, const char* password,
                                             char hash[GLITCH_AUTH_HASH_SIZE]) {
  return guarded([&] {
    require({auth, password, hash});
    const std::string text = auth->auth.engine().hashPassword(password);
    if (text.size() >= GLITCH_AUTH_HASH_SIZE)
      throw std::length_error("the hash does not fit into its buffer");
    std::memcpy(hash, text.c_str(), text.size() + 1);
    return GLITCH_AUTH_OK;
  });
}

glitch_auth_status glitch_auth_check_password(glitch_auth_handle* auth, const char* password,
                                              const char* hash, int32_t* matches, int32_t* rehash) {
  return guarded([&] {
    require({auth, password, matches});
    const auto stored = hash == nullptr ? std::nullopt : std::optional<std::string>(hash);
    const auto check = auth->auth.engine().checkPassword(password, stored);
    *matches = check.matches ? 1 : 0;
    if (rehash != nullptr) *rehash = check.rehash ? 1 : 0;
    return GLITCH_AUTH_OK;
  });
}

}  // extern "C"
