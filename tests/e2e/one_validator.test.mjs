// What check-config accepts, serve starts with; what it refuses, serve refuses with the same sentence.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { run, secret, start, temporaryDirectory, writeConfiguration } from './server.mjs';

const other = 'M4sB8nR2wK6vF0xT9cJ5hQ1zL7dG3pYyUeIaOoXrWtNf';

// [setting, accepted values, refused values, further settings]
const rules = [
  ['cookie_name', ['s', 'x'.repeat(64), '__Secure-x', '__secure-x', "!#$%&'*+-.^_`|~"], ['x'.repeat(65), '__Host-x', '__host-x', '__HOST-', 'a b', 'a;b', 'a=b', 'device', 'é']],
  ['cookie_name', ['s'], ['__Secure-x', '__secure-x', '__Http-x', '__HTTP-x'], { cookie_secure: 'false' }],
  ['allowed_origins', ['https://a.example', 'http://a.example:8080', 'https://[2001:db8::1]:8443', 'http://localhost:1', 'https://a.example, https://b.example'],
    ['https://a.example/', 'https://a.example:443', 'http://a.example:80', 'https://A.example', 'https://a.example:0', 'https://a.example:65536', 'https://*.example', 'null', 'ftp://a.example', 'https://', 'https://u@a.example', 'https://a.example:080']],
  ['listen', ['127.0.0.1:0', '127.0.0.1:0, [::1]:0'], ['127.0.0.1:0, 127.0.0.1:0', '127.0.0.1', '127.0.0.1:', '127.0.0.1:65536', '127.0.0.1:-1', '127.0.0.1:1x', '::1:0', '[127.0.0.1]:0', 'localhost:0', '300.0.0.1:0', 'unix:relative', `unix:/${'x'.repeat(120)}`]],
  ['jwt_secret', [secret, other, `${secret}${other}`], [`${secret}${other}`.repeat(4), 'short', 'a'.repeat(40), 'abcdefgh'.repeat(8), 'change-me-change-me-change-me-change-me', secret.slice(0, 31)]],
  ['jwt_previous_secrets', [other, `${other}, ${secret}x`, 'none'], ['short', `${other}, short`, 'a'.repeat(40)]],
  ['access_token_expiry_minutes', ['1', '1440'], ['0', '1441', '-1', '+1', '1.5', '01x', '']],
  ['refresh_token_expiry_days', ['1', '400'], ['0', '401']],
  ['bcrypt_rounds', ['10', '15'], ['9', '16', '4']],
  ['refresh_reuse_window_seconds', ['0', '300'], ['-1', '301']],
  ['session_absolute_days', ['0', '3650'], ['-1', '3651']],
  ['password_min_length', ['8', '64'], ['7', '65']],
  ['max_sessions_per_user', ['0', '1'], ['-1', 'many']],
  ['max_streams_per_user', ['1'], ['0', '-1']],
  ['trusted_proxies', ['127.0.0.1', '10.0.0.0/8', '::1, fd00::/8', 'unix', '0.0.0.0/0'], ['10.0.0.0/33', '::/129', '10.0.0', 'proxy.example', '10.0.0.0/', '10.0.0.0/x']],
  ['rate_limit_failures', ['1/1s', '10/24h', 'off'], ['0/1s', '10', '10/25h', '10/5', '10/5d', '-1/1s']],
];

/** The lines of an error without the time and the name of whoever complains. */
const reasons = (text) => text.split('\n').filter((line) => line.includes('auth.conf')).map((line) => line.slice(line.indexOf('auth.conf')));

describe('one validator for check-config and serve', () => {
  for (const [key, accepted, refused, more = {}] of rules) {
    const settings = (value) => ({ listen: '127.0.0.1:0', jwt_secret: secret, cookie_secure: 'true', rate_limits: 'on', ...more, [key]: value });
    const checked = async (value) => {
      const directory = temporaryDirectory();
      writeConfiguration(directory, settings(value));
      return { directory, check: await run(['check-config', '--config', 'auth.conf'], { directory }) };
    };
    it(`${key}: serve starts with what check-config accepts ${JSON.stringify(more)}`, async () => {
      for (const value of accepted) {
        const { check } = await checked(value);
        assert.equal(check.code, 0, `${value}: ${check.stderr}`);
        const server = await start({ settings: settings(value), args: ['--listen', settings(value).listen] });
        assert.equal((await server.stop()).code, 0, value);
      }
    });
    it(`${key}: serve refuses what check-config refuses ${JSON.stringify(more)}`, async () => {
      for (const value of refused) {
        const { check, directory } = await checked(value);
        assert.equal(check.code, 1, `${value} is accepted: ${check.stdout}`);
        const serve = await run(['serve', '--config', 'auth.conf'], { directory });
        assert.equal(serve.code, 1, `serve starts with ${value}`);
        assert.ok(reasons(check.stderr).length > 0, check.stderr);
        assert.deepEqual(reasons(serve.stderr), reasons(check.stderr));
      }
    });
  }
});
