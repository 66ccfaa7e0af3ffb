// What the configuration accepts and from where, and how mistakes in it or on the command line are reported.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freshEmail } from './client.mjs';
import { run, secret, temporaryDirectory } from './server.mjs';

function configured(text, file = 'auth.conf') {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, file), text, { mode: 0o600 });
  return directory;
}

describe('check-config', () => {
  // [the file, the line at fault, the key named]
  const faults = [
    ['colour = red\n', 1, 'colour'],
    ['\n# comment\nbcrypt_rounds = 10\nbcrypt_rounds = 11\n', 4, 'bcrypt_rounds'],
    ['bcrypt_rounds = 9\n', 1, 'bcrypt_rounds'],
    ['bcrypt_rounds = 16\n', 1, 'bcrypt_rounds'],
    ['bcrypt_rounds = ten\n', 1, 'bcrypt_rounds'],
    ['bcrypt_rounds = 10.5\n', 1, 'bcrypt_rounds'],
    ['bcrypt_rounds = 0x0a\n', 1, 'bcrypt_rounds'],
    ['bcrypt_rounds = \n', 1, 'bcrypt_rounds'],
    ['bcrypt_rounds\n', 1, 'key = value'],
    ['access_token_expiry_minutes = 99999999999999999999\n', 1, 'access_token_expiry_minutes'],
    ['access_token_expiry_minutes = -1\n', 1, 'access_token_expiry_minutes'],
    ['access_token_expiry_minutes = 0\n', 1, 'access_token_expiry_minutes'],
    ['refresh_token_expiry_days = 0\n', 1, 'refresh_token_expiry_days'],
    ['refresh_reuse_window_seconds = -1\n', 1, 'refresh_reuse_window_seconds'],
    ['reuse_scope = everyone\n', 1, 'reuse_scope'],
    ['registration = maybe\n', 1, 'registration'],
    ['cookie_secure = perhaps\n', 1, 'cookie_secure'],
    ['password_min_length = 7\n', 1, 'password_min_length'],
    ['allowed_origins = *\n', 1, 'allowed_origins'],
    ['allowed_origins = https://a.example/\n', 1, 'allowed_origins'],
    ['allowed_origins = a.example\n', 1, 'allowed_origins'],
    ['trusted_proxies = 10.0.0.0/33\n', 1, 'trusted_proxies'],
    ['trusted_proxies = proxy.example\n', 1, 'trusted_proxies'],
    ['listen = 127.0.0.1:70000\n', 1, 'listen'],
    ['listen = 127.0.0.1\n', 1, 'listen'],
    ['database = \n', 1, 'database'],
    ['database = :memory:\n', 1, 'database'],
    ['database = file:x?mode=memory\n', 1, 'database'],
    ['cookie_name = a b\n', 1, 'cookie_name'],
    ['log_level = loud\n', 1, 'log_level'],
    ['log_format = xml\n', 1, 'log_format'],
    ['rate_limits = perhaps\n', 1, 'rate_limits'],
    ['rate_limit_failures = 10\n', 1, 'rate_limit_failures'],
    ['jwt_secret = short\n', 1, 'jwt_secret'],
    [`jwt_secret = ${'a'.repeat(40)}\n`, 1, 'jwt_secret'],
    ['jwt_secret = change-me-change-me-change-me-change-me\n', 1, 'jwt_secret'],
    ['jwt_secret = this is my very own secret phrase of words\n', 1, 'jwt_secret'],
    [`jwt_secret = ${secret}\njwt_secret_file = x\n`, [1, 2], 'jwt_secret'],
    ['tls_certificate = cert.pem\n', 1, 'tls_'],
  ];
  for (const [text, line, key] of faults) {
    it(`${JSON.stringify(text)} names file, line and key`, async () => {
      const directory = configured(text);
      for (const command of [['check-config'], ['--listen', '127.0.0.1:0']]) {
        const { code, stderr } = await run(command, { directory });
        assert.equal(code, 1, stderr);
        const lines = [line].flat().map((number) => `auth.conf:${number}`);
        assert.ok(lines.some((place) => stderr.includes(place)), stderr);
        assert.ok(stderr.includes(key), stderr);
        if (text.includes('secret = ')) assert.ok(!stderr.includes(text.split(' = ')[1].trim()), 'a secret is not repeated');
      }
      assert.deepEqual(readdirSync(directory), ['auth.conf'], 'no file was created');
    });
  }

  it('a valid file is accepted, and no secret is shown', async () => {
    const directory = configured(`# all is well\nlisten = 127.0.0.1:0, [::1]:0\njwt_secret = ${secret}\nallowed_origins = https://a.example\n`);
    for (const options of [[], ['--json']]) {
      const { code, stdout, stderr } = await run(['check-config', ...options], { directory });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /https:\/\/a\.example/);
      assert.ok(!stdout.includes(secret) && !stderr.includes(secret));
      if (options.length) JSON.parse(stdout);
    }
    assert.deepEqual(readdirSync(directory), ['auth.conf']);
  });

  it('a byte order mark or a NUL is refused; CRLF is accepted or refused as a whole', async () => {
    for (const text of ['\ufeffbcrypt_rounds = 10\n', 'bcrypt_rounds = 1\u00000\n']) {
      assert.equal((await run(['check-config'], { directory: configured(text) })).code, 1, JSON.stringify(text));
    }
    const { code, stdout } = await run(['check-config', '--json'], { directory: configured('cookie_name = abc\r\n') });
    if (code === 0) assert.ok(stdout.includes('"abc"'), stdout);
  });

  it('the command line wins over the environment, and that over the file', async () => {
    const directory = configured('cookie_name = fromFile\nlog_level = debug\nreuse_scope = session\n');
    const environment = { AUTH_COOKIE_NAME: 'fromEnvironment', AUTH_LOG_LEVEL: 'warning' };
    const { code, stdout, stderr } = await run(['check-config', '--cookie_name', 'fromArguments'], { directory, environment });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /cookie_name\W+fromArguments/);
    assert.match(stdout, /log_level\W+warning/);
    assert.match(stdout, /reuse_scope\W+session/);
  });

  it('an unknown AUTH_ variable is a warning, an invalid value an error', async () => {
    const directory = temporaryDirectory();
    const unknown = await run(['check-config'], { directory, environment: { AUTH_COLOUR: 'red' } });
    assert.equal(unknown.code, 0);
    assert.match(unknown.stderr, /AUTH_COLOUR/);
    const bad = await run(['check-config'], { directory, environment: { AUTH_BCRYPT_ROUNDS: 'ten' } });
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /AUTH_BCRYPT_ROUNDS/);
  });

  it('a file with secrets that others can read is refused', async () => {
    const directory = configured(`jwt_secret = ${secret}\n`);
    chmodSync(join(directory, 'auth.conf'), 0o644);
    const open = await run(['check-config'], { directory });
    assert.equal(open.code, 1);
    assert.match(open.stderr, /auth\.conf/);
    const named = configured('jwt_secret_file = key\n');
    writeFileSync(join(named, 'key'), `${secret}\n`, { mode: 0o600 });
    assert.equal((await run(['check-config'], { directory: named })).code, 0);
    chmodSync(join(named, 'key'), 0o644);
    const readable = await run(['--listen', '127.0.0.1:0'], { directory: named });
    assert.equal(readable.code, 1);
    assert.match(readable.stderr, /key/);
  });

  it('--config names another file, which must exist', async () => {
    const directory = configured('cookie_name = other\n', 'other.conf');
    assert.match((await run(['check-config', '--config', 'other.conf'], { directory })).stdout, /other/);
    const missing = await run(['check-config', '--config', 'none.conf'], { directory });
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /none\.conf/);
  });
});

describe('misuse', () => {
  const misuses = [['frobnicate'], ['user'], ['user', 'frobnicate'], ['user', 'add'], ['user', 'add', 'a@example.org', 'b@example.org'], ['--frobnicate'],
    ['check-config', 'x'], ['backup'], ['session', 'terminate'], ['token'], ['token', 'mint'], ['user', 'list', '--frobnicate'], ['--jwt_secret', secret],
    ['user', 'add', freshEmail(), '--password', 'x'], ['user', 'passwd', freshEmail(), 'another long passphrase']];
  for (const args of misuses) {
    it(`auth-server ${args.join(' ').slice(0, 60)} exits with 2`, async () => {
      const directory = temporaryDirectory();
      const { code, stdout, stderr } = await run(args, { directory });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, '');
      assert.ok(stderr.length > 0);
      assert.deepEqual(readdirSync(directory), []);
    });
  }

  it('--help and version answer on standard output with 0', async () => {
    for (const args of [['--help'], ['version'], ['user', '--help']]) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.ok(stdout.length > 0);
    }
    assert.match((await run(['version'])).stdout, /\d+\.\d+\.\d+/);
  });

  it('secret prints a new strong secret each time', async () => {
    const [one, two] = [await run(['secret']), await run(['secret'])];
    assert.match(one.stdout, /^[A-Za-z0-9_-]{43,}\n$/);
    assert.notEqual(one.stdout, two.stdout);
    assert.equal((await run(['check-config'], { directory: configured(`jwt_secret = ${one.stdout}`) })).code, 0);
  });
});
