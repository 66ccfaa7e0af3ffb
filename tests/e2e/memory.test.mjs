// Passwords, tokens and the signing secret are in the server's memory only as long as they are needed.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cookieOf, freshEmail, goodPassword } from './client.mjs';
import { copiesIn, isReadable } from './memory.mjs';
import { secret, start, until } from './server.mjs';

/** The first and the last 16 characters of a text, so that a part of a copy is found too. */
const partsOf = (text) => (text.length <= 16 ? [text] : [text.slice(0, 16), text.slice(-16)]);

/** Only the signature of an access token is secret. */
function accessParts(token) {
  const signature = token.split('.')[2];
  return [...partsOf(signature), Buffer.from(signature, 'base64url')];
}

/** The first half of a refresh token names its lineage, which is not secret. */
const refreshParts = (token) => [...partsOf(token.slice(-43)), Buffer.from(token, 'base64url').subarray(-32)];

/** What must no longer be in the memory of the server. */
class Canaries {
  #parts = [];

  #add(what, parts) {
    for (const part of parts) this.#parts.push([what, part]);
  }

  password(what, text) {
    this.#add(what, partsOf(text));
    return text;
  }

  accessToken(what, token) {
    this.#add(what, accessParts(token));
    return token;
  }

  refreshToken(what, token) {
    this.#add(what, refreshParts(token));
    return token;
  }

  pair(what, session) {
    this.accessToken(`the access token of ${what}`, session.accessToken);
    this.refreshToken(`the refresh token of ${what}`, session.refreshToken);
    return session;
  }

  /** The server wipes its buffers after the answer has been sent, so the client may be faster. */
  async assertGone(pid) {
    assert.ok(this.#parts.length > 0);
    let left;
    await until(() => (left = copiesIn(pid, this.#parts)).length === 0, 'wiping', 3000).catch(() => assert.deepEqual(left, []));
  }
}

const long = (name) => `Canary ${name}, which is much too long for a short string`;
const short = 'Cnry-7f3a91'; // std::string keeps up to 15 characters inside itself
let server;
before(async () => {
  server = await start();
});
after(() => server.kill());

describe('the memory of the idle server contains nothing of', () => {
  let canaries;
  const check = (what, use) => it(what, async (context) => {
    if (!isReadable(server.pid)) return context.skip('the memory of another process can be read by root alone');
    canaries = new Canaries();
    await use(canaries);
    await canaries.assertGone(server.pid);
  });

  for (const [what, password] of [['a long password', long('password')], ['a short password', short]]) {
    check(`${what}, or the tokens, of somebody who registered and signed in`, async () => {
      canaries.password(what, password);
      const user = canaries.pair('the registration', await server.register({ password }));
      canaries.pair('the sign-in', await server.login(user));
      canaries.pair('a sign-in without a cookie', await server.login({ email: user.email, password }, { json: { email: user.email, password, delivery: 'body' } }));
    });

    check(`${what} that is wrong, or belongs to nobody`, async () => {
      const { email } = await server.register();
      canaries.password(what, password);
      assert.equal((await server.post('/api/auth/login', { email, password })).status, 401);
      assert.equal((await server.post('/api/auth/login', { email: freshEmail(), password })).status, 401);
    });

    check(`${what} that was changed`, async () => {
      const user = await server.register({ password: canaries.password(what, password) });
      const newPassword = canaries.password('the new password', `${password}2`);
      const change = (fields) => server.post('/api/auth/password', fields, { token: user.accessToken });
      assert.equal((await change({ currentPassword: newPassword, newPassword })).status, 422);
      assert.equal((await change({ currentPassword: password, newPassword })).status, 200);
    });

    check(`${what} in a request that is refused`, async () => {
      canaries.password(what, password);
      const send = (body, headers) => server.request('POST', '/api/auth/login', { body, headers: { 'Content-Type': 'application/json', ...headers } });
      assert.equal((await send(`{"email":"ada@example.org","password":"${password}"`)).status, 400);
      assert.equal((await send(`{"password":"${password}","password":"${password}"}`)).status, 400);
      assert.equal((await send(`{"password":"${password}"}`)).status, 422);
      assert.equal((await send(`password=${password}`, { 'Content-Type': 'text/plain' })).status, 415);
      await server.exchange(`POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n{"password":"${password}"}`);
    });

    check(`${what} in a request that never became whole, or came in pieces`, async () => {
      canaries.password(what, password);
      const body = JSON.stringify({ email: 'ada@example.org', password });
      const head = `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      await server.exchange(head + body.slice(0, -1), { thenClose: true });
      const socket = await server.connect();
      socket.setNoDelay(true);
      for (const byte of head + body) await new Promise((sent) => { socket.write(byte, sent); });
      await until(() => socket.received.length > 0, 'an answer');
    });
  }

  check('refresh tokens that were exchanged or used to sign out', async () => {
    for (const send of [(token) => ({ cookie: token }), (token) => ({ json: { refreshToken: token } })]) {
      const user = canaries.pair('the registration', await server.register());
      const renewed = await server.request('POST', '/api/auth/refresh', send(user.refreshToken));
      assert.equal(renewed.status, 200);
      canaries.accessToken('the renewed access token', renewed.data.accessToken);
      const next = canaries.refreshToken('the renewed refresh token', cookieOf(renewed) ?? renewed.data.refreshToken);
      assert.equal((await server.request('POST', '/api/auth/refresh', send(user.refreshToken))).status, 401, 'used twice');
      await server.request('POST', '/api/auth/logout', send(next));
      await server.request('POST', '/api/auth/logout', send(`${next}x`));
    }
  });

  check('tokens that were refused', async () => {
    const user = await server.register();
    const forged = (token) => token.slice(0, -20) + [...token.slice(-20)].reverse().join('');
    const token = canaries.accessToken('a forged access token', forged(user.accessToken));
    for (const path of ['/api/auth/verify', '/api/auth/me', '/api/events']) assert.equal((await server.get(path, { token })).status, 401);
    assert.equal((await server.refresh(canaries.refreshToken('a forged refresh token', forged(user.refreshToken)))).status, 401);
  });
});

describe('what is needed longer has one copy for each owner:', () => {
  const countOf = (parts) => parts.map((part) => copiesIn(server.pid, [['', part]]).length);

  // engine/tokens/verified_tokens.h compares later tokens with it, byte by byte.
  it('one of the recently accepted access tokens', async (context) => {
    if (!isReadable(server.pid)) return context.skip('the memory of another process can be read by root alone');
    const user = await server.register();
    assert.equal(await server.verify(user.accessToken), 200);
    assert.equal((await server.get('/api/auth/me', { token: user.accessToken })).status, 200);
    const stream = await server.connect();
    stream.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.accessToken}\r\n\r\n`);
    await until(() => stream.received.includes('text/event-stream'), 'the head of the stream');
    const wanted = [1, 1, 0];
    const parts = accessParts(user.accessToken);
    await until(() => String(countOf(parts)) === String(wanted), 'wiping', 3000).catch(() => assert.deepEqual(countOf(parts), wanted));
    stream.destroy();
  });

  // One in the configuration, one in the engine; the engine's keys are derived from it.
  for (const [origin, options] of [
    ['auth.conf', {}],
    ['the environment', { settings: null, environment: { AUTH_JWT_SECRET: secret } }],
  ]) {
    it(`two of the signing secret that came from ${origin}`, async (context) => {
      const other = await start(options);
      try {
        if (!isReadable(other.pid)) return context.skip('the memory of another process can be read by root alone');
        const user = await other.register({ password: goodPassword });
        assert.equal(await other.verify(user.accessToken), 200);
        assert.equal(copiesIn(other.pid, [['the secret', secret]]).length, 2);
      } finally {
        await other.kill();
      }
    });
  }
});
