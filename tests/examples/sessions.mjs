// The C interface from Node with koffi: sessions for users that the app keeps itself.
import koffi from 'koffi';

const library = koffi.load(process.env.GLITCH_AUTH ?? 'libglitch_auth.so.1');
const Options = koffi.struct('glitch_auth_options', {
  size: 'size_t', database: 'const char*', jwt_secret: 'const char*', jwt_secret_length: 'size_t',
  access_token_minutes: 'int32_t', refresh_token_days: 'int32_t', bcrypt_rounds: 'int32_t', max_sessions_per_user: 'int32_t',
});
koffi.struct('glitch_auth_tokens', {
  user_id: koffi.array('char', 129), session_id: koffi.array('char', 129), access_token: koffi.array('char', 4097),
  refresh_token: koffi.array('char', 128), access_token_expires_at: 'int64_t', refresh_token_expires_at: 'int64_t',
});
koffi.struct('glitch_auth_identity', {
  user_id: koffi.array('char', 129), session_id: koffi.array('char', 129), issued_at: 'int64_t', expires_at: 'int64_t',
});
koffi.opaque('glitch_auth_handle');
const declare = text => library.func(text);
const lastCode = declare('const char* glitch_auth_last_code()');
const lastError = declare('const char* glitch_auth_last_error()');
const open = declare('int glitch_auth_open(const glitch_auth_options* options, _Out_ glitch_auth_handle** result)');
const close = declare('void glitch_auth_close(glitch_auth_handle* auth)');
const createSession = declare(
  'int glitch_auth_create_session(glitch_auth_handle* auth, const char* user, const char* ip, const char* agent, _Out_ glitch_auth_tokens* tokens)');
export const authenticate = declare(
  'int glitch_auth_authenticate(glitch_auth_handle* auth, const char* token, _Out_ glitch_auth_identity* identity)');
const terminateAll = declare(
  'int glitch_auth_terminate_all(glitch_auth_handle* auth, const char* user, const char* reason, _Out_ size_t* ended)');

const check = status => {
  if (status !== 0) throw new Error(`${lastCode()}: ${lastError()}`);
};

export function openAuth(database, secret) {
  const handle = [null];
  check(open({ size: koffi.sizeof(Options), database, jwt_secret: secret, jwt_secret_length: secret.length }, handle));
  return handle[0];
}

export function signIn(auth, user) {
  const tokens = {};
  check(createSession(auth, user, '203.0.113.7', 'my client', tokens));
  return tokens;
}

if (process.argv[1] === import.meta.filename || process.argv[2] === 'run') {
  const auth = openAuth(':memory:', "an example's secret of 32 bytes and more");
  const tokens = signIn(auth, 'ada');
  const identity = {};
  check(authenticate(auth, tokens.access_token, identity));
  console.log(identity.user_id, 'is signed in');
  check(terminateAll(auth, 'ada', 'user_disabled', [0]));
  authenticate(auth, tokens.access_token, identity);
  console.log(lastCode());
  close(auth);
}
