# The C interface from Python: sessions for users that the app keeps itself.
import ctypes
import os


class Options(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("database", ctypes.c_char_p), ("jwt_secret", ctypes.c_char_p),
                ("jwt_secret_length", ctypes.c_size_t), ("access_token_minutes", ctypes.c_int32),
                ("refresh_token_days", ctypes.c_int32), ("bcrypt_rounds", ctypes.c_int32),
                ("max_sessions_per_user", ctypes.c_int32)]


class Tokens(ctypes.Structure):
    _fields_ = [("user_id", ctypes.c_char * 129), ("session_id", ctypes.c_char * 129),
                ("access_token", ctypes.c_char * 4097), ("refresh_token", ctypes.c_char * 128),
                ("access_token_expires_at", ctypes.c_int64), ("refresh_token_expires_at", ctypes.c_int64)]


class Identity(ctypes.Structure):
    _fields_ = [("user_id", ctypes.c_char * 129), ("session_id", ctypes.c_char * 129),
                ("issued_at", ctypes.c_int64), ("expires_at", ctypes.c_int64)]


OK, DENIED = 0, 1
library = ctypes.CDLL(os.environ.get("GLITCH_AUTH", "libglitch_auth.so.1"))
library.glitch_auth_last_error.restype = ctypes.c_char_p
library.glitch_auth_last_code.restype = ctypes.c_char_p


def check(status):
    if status != OK:
        raise RuntimeError(f"{library.glitch_auth_last_code().decode()}: {library.glitch_auth_last_error().decode()}")


def open_auth(database, secret):
    auth = ctypes.c_void_p()
    options = Options(ctypes.sizeof(Options), database.encode(), secret, len(secret))
    check(library.glitch_auth_open(ctypes.byref(options), ctypes.byref(auth)))
    return auth


if __name__ == "__main__":
    auth = open_auth(":memory:", b"an example's secret of 32 bytes and more")
    tokens, identity, ended = Tokens(), Identity(), ctypes.c_size_t()
    check(library.glitch_auth_create_session(auth, b"ada", b"203.0.113.7", b"my client", ctypes.byref(tokens)))
    check(library.glitch_auth_authenticate(auth, tokens.access_token, ctypes.byref(identity)))
    print(identity.user_id.decode(), "is signed in")
    check(library.glitch_auth_terminate_all(auth, b"ada", b"user_disabled", ctypes.byref(ended)))
    assert library.glitch_auth_authenticate(auth, tokens.access_token, ctypes.byref(identity)) == DENIED
    print(library.glitch_auth_last_code().decode())
    library.glitch_auth_close(auth)
