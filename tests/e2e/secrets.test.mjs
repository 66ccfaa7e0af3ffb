// Passwords, tokens and secrets must not appear in the log, the database, its WAL, the process's arguments or answers.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { cookieOf, freshEmail } from './client.mjs';
import { secret, start } from './server.mjs';

/** Texts that must not be found anywhere, by what they are. */
const canaries = new Map();
const canary = (what, text) => {
  canaries.set(what, text);
  return text;
};

/** Each encoding in which a text might have been written. */
function spellings(text) {
  const bytes = Buffer.from(text);
  return [bytes, Buffer.from(bytes.toString('base64').replace(/=+$/, '')), Buffer.from(bytes.toString('hex')), Buffer.from(encodeURIComponent(text)), Buffer.from(text, 'utf16le')];
}

function assertNowhere(place, content) {
  for (const [what, text] of canaries) {
    for (const bytes of spellings(text)) assert.equal(content.indexOf(bytes), -1, `${what} in ${place}`);
  }
}

/** A refresh token is also looked for by its parts: the bytes of its MAC, whole and in hex. */
function refreshCanary(what, token) {
  const mac = Buffer.from(token, 'base64url').subarray(-32);
  canary(`${what}, its MAC in hex`, mac.toString('hex'));
  canaries.set(`${what}, its MAC`, mac);
  return canary(what, token);
}

for (const format of ['text', 'json']) {
  describe(`with log_format = ${format} and log_level = debug`, () => {
    const answers = [];
    let server;
    let userId;
    before(async () => {
      canaries.clear();
      server = await start({ settings: { log_level: 'debug', log_format: format, jwt_secret: canary('the secret', secret) } });
      const { request } = server;
      server.request = async (...parameters) => {
        const answer = await request.apply(server, parameters);
        if (answer.status >= 400) answers.push(answer.text);
        return answer;
      };
      await useEverything();
    });
    after(() => server.kill());

    async function useEverything() {
      const password = canary('a password', 'Canary-Pw-7f3a91c2');
      const second = canary('a changed password', 'Canary-Pw-b81d44e0');
      const wrong = canary('a wrong password', 'Canary-Wrong-55aa10');
      const email = freshEmail();
      const user = await server.register({ email, password });
      userId = user.user.id;
      const other = await server.login(user);
      const browser = await server.post('/api/auth/login', { email, password }, { headers: { Cookie: 'device=nothing' } });
      const device = canary('the device cookie', cookieOf(browser, 'device'));
      await server.post('/api/auth/login', { email, password: wrong }, { headers: { Cookie: `device=${device}` } });
      for (const [name, session] of [['first', user], ['second', other]]) {
        canary(`the signature of the ${name} access token`, session.accessToken.split('.')[2]);
        refreshCanary(`the ${name} refresh token`, session.refreshToken);
      }
      const renewed = await server.refresh(user.refreshToken);
      refreshCanary('a rotated refresh token', cookieOf(renewed));
      let token = renewed.data.accessToken;
      canary('the signature of a renewed access token', token.split('.')[2]);

      await server.post('/api/auth/login', { email, password: wrong });
      await server.post('/api/auth/login', { email: wrong, password: wrong });
      await server.post('/api/auth/password', { currentPassword: wrong, newPassword: second }, { token });
      const changed = await server.post('/api/auth/password', { currentPassword: password, newPassword: second }, { token });
      refreshCanary('the refresh token that a changed password brings', cookieOf(changed));
      token = changed.data.accessToken;
      canary('the signature of the access token that a changed password brings', token.split('.')[2]);
      const cut = (text) => server.request('POST', '/api/auth/login', { body: text, headers: { 'Content-Type': 'application/json' } });
      await cut(`{"email":"${email}","password":"${wrong}`);
      await cut(`{"email":"${email}","password":"${wrong}"}}`);
      await cut(`{"${wrong}":1,"${wrong}":2}`);
      await server.request('POST', '/api/auth/login', { body: `password=${wrong}`, headers: { 'Content-Type': 'text/plain' } });
      await server.get(`/api/auth/me?access_token=${token}`);
      await server.get(`/api/events?access_token=${token}&password=${wrong}`);
      await server.get('/api/auth/me', { token: `${token}x` });
      await server.get('/api/auth/me', { headers: { Authorization: `Basic ${wrong}` } });
      await server.refresh(`${cookieOf(changed)}x`);
      await server.refresh(cookieOf(changed));
      await server.refresh(cookieOf(changed));
      await server.login({ email, password: second });
      await server.exchange(`GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: refreshToken=${other.refreshToken}\r\nAuthorization : Bearer ${token}\r\n\r\n`);
      await server.exchange(`POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n{"password":"${wrong}"}`);
      const added = freshEmail();
      await server.command(['user', 'add', added], { input: `${canary('the password of an added user', 'Canary-Add-09c1e7')}\n` });
      await server.command(['user', 'passwd', added], { input: `${canary('the new password of an added user', 'Canary-Set-64bb02')}\n` });
      await server.command(['token', 'inspect'], { input: `${(await server.login({ email, password: second })).accessToken}\n` });
      await server.post('/api/auth/login', { email, password: wrong }, { headers: { 'User-Agent': 'evil \u00c2\u009b2J \u00ff agent' } });
      await server.get('/none%1b%5b2J%0a%e2%80%ae');
    }

    it('no password, token or secret is in its standard output and error', () => {
      assertNowhere('standard output', Buffer.from(server.process.stdout));
      assertNowhere('standard error', Buffer.from(server.process.stderr));
    });

    it('nor in the database, its WAL or any other file', () => {
      const files = server.files();
      assert.ok(files.has('auth.db') && files.has('auth.db-wal'));
      for (const [name, content] of files) if (name !== 'auth.conf') assertNowhere(name, content);
    });

    it('nor in the process\'s command line or environment, nor in an error', () => {
      assertNowhere('cmdline', readFileSync(`/proc/${server.pid}/cmdline`));
      for (const text of answers) assertNowhere('an error', Buffer.from(text));
      assert.ok(answers.length > 10);
    });

    it('one event is one line without control characters', () => {
      const lines = server.process.stderr.split('\n').slice(0, -1);
      assert.ok(lines.length > 10);
      for (const line of lines) {
        assert.doesNotMatch(line, /[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
        if (format === 'json') JSON.parse(line);
        else assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
      }
    });

    it('what happened is in the log, with its user', () => {
      const lines = server.process.stderr.split('\n');
      const happened = [/registered/i, /login_succeeded/i, /token_reuse_detected/i, /password_changed/i, /password_(check|change)_(failed|refused)/i];
      for (const event of happened) {
        const found = lines.filter((line) => event.test(line));
        assert.ok(found.some((line) => line.includes(userId)), `${event}, with the user: ${found.join('\n')}`);
      }
      assert.ok(lines.some((line) => /login_failed/i.test(line)));
    });
  });
}

describe('a secret from the environment', () => {
  it('is used, and is not shown to other processes', async () => {
    const server = await start({ settings: null, environment: { AUTH_JWT_SECRET: secret } });
    await server.register();
    assert.ok(!server.files().has('auth.db.secret'));
    assert.equal(readFileSync(`/proc/${server.pid}/environ`).indexOf(secret), -1);
    assert.equal((await server.stop()).code, 0);
  });
});
