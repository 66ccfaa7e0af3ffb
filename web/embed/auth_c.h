/* The library for other languages: sessions and tokens for an app that keeps its users itself, in C.
 *
 * Every function that can fail returns a glitch_auth_status; glitch_auth_last_error() then has a sentence about the
 * failure of this thread. No exception leaves a function. Text is UTF-8 and ends with a NUL; what a function returns it
 * writes into buffers of the caller, and writes nothing when it fails. Times are milliseconds since 1970-01-01 UTC.
 * A handle may be used by any number of threads at once, except for closing it. Do not fork() with one open.
 *
 * Functions and structs keep their meaning and layout as long as the soname of the library is the same; later versions
 * add functions, and members at the end of glitch_auth_options. */
#ifndef GLITCH_AUTH_C_H
#define GLITCH_AUTH_C_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GLITCH_AUTH_C_PUBLIC __attribute__((visibility("default")))
#else
#define GLITCH_AUTH_C_PUBLIC
#endif

/* Sizes of buffers, with the NUL. */
#define GLITCH_AUTH_ID_SIZE 129
#define GLITCH_AUTH_ACCESS_TOKEN_SIZE 4097
#define GLITCH_AUTH_REFRESH_TOKEN_SIZE 128
#define GLITCH_AUTH_HASH_SIZE 128
#define GLITCH_AUTH_ADDRESS_SIZE 64
#define GLITCH_AUTH_AGENT_SIZE 513

typedef enum glitch_auth_status {
  GLITCH_AUTH_OK = 0,
  GLITCH_AUTH_DENIED = 1,  /* the token or session is not accepted; glitch_auth_last_code() says why */
  GLITCH_AUTH_INVALID = 2, /* an argument that cannot be accepted */
  GLITCH_AUTH_UNAVAILABLE =
      3,                 /* the database cannot be used now, or too many calls wait: nothing was decided */
  GLITCH_AUTH_FAILED = 4 /* out of memory, or a defect of the library */
} glitch_auth_status;

typedef struct glitch_auth_handle glitch_auth_handle;

/* Members that are 0 have their default. */
typedef struct glitch_auth_options {
  size_t size;          /* sizeof(glitch_auth_options) of the caller */
  const char* database; /* an SQLite file, made when missing; ":memory:" for one that goes with the object */
  const void* jwt_secret; /* at least 32 random bytes, the same at each start */
  size_t jwt_secret_length;
  int32_t access_token_minutes;  /* 15; 1 to 1440 */
  int32_t refresh_token_days;    /* 30; 1 to 400 */
  int32_t bcrypt_rounds;         /* 10; 10 to 15 */
  int32_t max_sessions_per_user; /* 100 */
} glitch_auth_options;

typedef struct glitch_auth_tokens {
  char user_id[GLITCH_AUTH_ID_SIZE];
  char session_id[GLITCH_AUTH_ID_SIZE];
  char access_token[GLITCH_AUTH_ACCESS_TOKEN_SIZE];
  char refresh_token[GLITCH_AUTH_REFRESH_TOKEN_SIZE];
  int64_t access_token_expires_at;
  int64_t refresh_token_expires_at;
} glitch_auth_tokens;

typedef struct glitch_auth_identity {
  char user_id[GLITCH_AUTH_ID_SIZE];
  char session_id[GLITCH_AUTH_ID_SIZE];
  int64_t issued_at;
  int64_t expires_at;
} glitch_auth_identity;

typedef struct glitch_auth_session {
  char session_id[GLITCH_AUTH_ID_SIZE];
  char ip_address[GLITCH_AUTH_ADDRESS_SIZE];
  char user_agent[GLITCH_AUTH_AGENT_SIZE];
  int64_t created_at;
  int64_t last_activity;
  int64_t expires_at;
} glitch_auth_session;

/* "0.1.0" */
GLITCH_AUTH_C_PUBLIC const char* glitch_auth_version(void);

/* What went wrong in the last call of this thread that failed: a sentence for people, and a code for programs, such as
 * "TOKEN_EXPIRED" or "SESSION_TERMINATED" for GLITCH_AUTH_DENIED, otherwise "". Valid until the thread's next call. */
GLITCH_AUTH_C_PUBLIC const char* glitch_auth_last_error(void);
GLITCH_AUTH_C_PUBLIC const char* glitch_auth_last_code(void);

/* Opens the database and starts to clean up ended sessions in the background. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_open(const glitch_auth_options* options,
                                                         glitch_auth_handle** result);
/* Waits for what is still to be written. NULL is ignored. */
GLITCH_AUTH_C_PUBLIC void glitch_auth_close(glitch_auth_handle* auth);

/* Opens a session for a user whom the app has found: an id of 1 to 128 bytes. ip_address and user_agent may be NULL. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_create_session(glitch_auth_handle* auth,
                                                                   const char* user_id,
                                                                   const char* ip_address,
                                                                   const char* user_agent,
                                                                   glitch_auth_tokens* tokens);
/* Exchanges a refresh token for the next pair. A token that was exchanged before ends the user's sessions. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_rotate(glitch_auth_handle* auth,
                                                           const char* refresh_token,
                                                           glitch_auth_tokens* tokens);
/* Whose access token this is; GLITCH_AUTH_DENIED unless it is valid and its session is alive. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_authenticate(glitch_auth_handle* auth,
                                                                 const char* access_token,
                                                                 glitch_auth_identity* identity);
/* The user's live sessions, the latest activity first. `count` receives how many there are; at most `capacity` are
 * written to `sessions`, which may be NULL when that is 0. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_list_sessions(glitch_auth_handle* auth,
                                                                  const char* user_id,
                                                                  glitch_auth_session* sessions,
                                                                  size_t capacity, size_t* count);
/* Ends one session of the user. `reason` may be NULL. Another user's or an ended session: GLITCH_AUTH_DENIED. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_terminate_session(glitch_auth_handle* auth,
                                                                      const char* user_id,
                                                                      const char* session_id,
                                                                      const char* reason);
/* Ends all sessions of the user. `reason` and `count` (how many ended) may be NULL. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_terminate_all(glitch_auth_handle* auth,
                                                                  const char* user_id, const char* reason,
                                                                  size_t* count);
/* Ends the session that the refresh token belongs to, whichever of its tokens it is. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_logout(glitch_auth_handle* auth,
                                                           const char* refresh_token);

/* Hashes a password of at most 72 bytes with bcrypt. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_hash_password(glitch_auth_handle* auth,
                                                                  const char* password,
                                                                  char hash[GLITCH_AUTH_HASH_SIZE]);
/* Sets *matches to 1 when the password matches the hash, otherwise to 0, after the same work. `hash` is NULL for an
 * unknown user. *rehash (may be NULL) is set to 1 when the app should store a new hash. */
GLITCH_AUTH_C_PUBLIC glitch_auth_status glitch_auth_check_password(glitch_auth_handle* auth,
                                                                   const char* password, const char* hash,
                                                                   int32_t* matches, int32_t* rehash);

#ifdef __cplusplus
}
#endif

#endif
