// The tests of a small app against `auth-server stub`, by eight parallel workers, each in its own namespace, with every
// control; and the promises of the stub itself.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { cookieOf } from './client.mjs';
import { openStream } from './stream.mjs';
import { run, start, temporaryDirectory } from './server.mjs';
import { password, startStub } from './stub.mjs';

const ada = 'ada@example.org';
const bob = 'bob@example.org';
const seed = {
  users: [
    { email: ada, name: 'Ada', password },
    { email: bob, id: 'bob', password, createdAt: '2026-01-02T03:04:05.000Z' },
  ],
  sessions: [{ user: ada, id: 'old-laptop', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0' }],
};
const signIn = (world, email, secret = password) => world.post('/api/auth/login', { email, password: secret, delivery: 'body' });

/** The app under test: a notebook that asks auth-server who is signed in. */
class Notebook {
  constructor(world) {
    this.world = world;
    this.notes = new Map();
  }

  async write(token, text) {
    const answer = await this.world.get('/api/auth/verify', { token });
    if (answer.status !== 200) return { status: answer.status, code: answer.code };
    const user = answer.headers['remote-sub'];
    this.notes.set(user, [...(this.notes.get(user) ?? []), text]);
    return { status: 200, notes: this.notes.get(user) };
  }
}

describe('the stub', () => {
  it('prints one line of JSON, and nothing else, and ends with its standard input', async () => {
    const stub = await startStub();
    const { url, pid, jwtSecret, version, ...rest } = stub.line;
    assert.deepEqual([pid, Object.keys(rest)], [stub.process.pid, []]);
    assert.match(`${url} ${version}`, /^http:\/\/127\.0\.0\.1:\d+ \d+\.\d+\.\d+$/);
    const user = await stub.register();
    assert.equal(jwt.verify(user.accessToken, jwtSecret).sub, user.user.id);
    await assert.rejects(async () => (await fetch(`${url}/api/auth/refresh`, { method: 'POST', body: 'x'.repeat(99), headers: { 'Transfer-Encoding': 'chunked' } })).text());
    const ended = await stub.end();
    assert.deepEqual([ended.code, ended.stdout], [0, `${JSON.stringify(stub.line)}\n`]);
  });

  it('ends on SIGTERM too, with streams and waiting requests open', async () => {
    const stub = await startStub({ seed });
    const stream = await openStream(stub, { token: (await stub.tokens(ada)).accessToken });
    // It may not have arrived yet: then its connection just closes.
    const waiting = stub.control('GET', 'requests?path=/nowhere&wait=60').catch(() => ({ requests: [] }));
    await stub.get('/healthz');
    stub.process.child.kill('SIGTERM');
    assert.deepEqual((await waiting).requests, []);
    assert.equal((await stub.end()).code, 0);
    await stream.untilClosed();
  });

  it('refuses addresses that others can reach, unless allowed, and settings that it fixes itself', async () => {
    for (const address of ['0.0.0.0:0', '[::]:0']) {
      const { code, stdout, stderr } = await run(['stub', '--listen', address]);
      assert.deepEqual([code, stdout], [1, ''], address);
      assert.match(stderr, /--allow-public/);
    }
    const open = await startStub({ args: ['--listen', '0.0.0.0:0', '--allow-public', 'auth.test'] });
    assert.equal((await open.end()).code, 0);
    for (const [args, expected] of [[['--allow-public'], 2], [['--allow-public', 'auth.test:80'], 1], [['--allow-public='], 2]]) {
      const refused = await run(['stub', ...args]);
      assert.equal(refused.code, expected, `${args}: ${refused.stderr}`);
      assert.match(refused.stderr, /--allow-public/);
    }
    const { code, stderr } = await run(['stub', '--bcrypt-rounds', '12']);
    assert.equal(code, 1);
    assert.match(stderr, /bcrypt_rounds: the stub does not accept/);
  });

  it('a bad seed stops the start and names the field', async () => {
    await assert.rejects(startStub({ seed: { users: [{ email: ada }, { email: 'nobody' }] } }), /users\[1\]\.email/);
    await assert.rejects(startStub({ seed: { users: [], sessions: [{ user: ada }] } }), /sessions\[0\]\.user/);
  });

  it('reads neither auth.conf nor the environment, and leaves no file', async () => {
    const directory = temporaryDirectory();
    const stub = await startStub({ directory, environment: { AUTH_LISTEN: '127.0.0.1:1', AUTH_REGISTRATION: 'closed' } });
    await stub.register();
    assert.equal((await stub.end()).code, 0);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('keeps the default world in a file if told to', async () => {
    const directory = temporaryDirectory();
    const options = { directory, seed, args: ['--database', 'stub.db'] };
    const first = await startStub(options);
    const { email } = await first.register();
    await first.end();
    const second = await startStub(options);
    assert.equal((await signIn(second, email, 'a fine long passphrase')).status, 200);
    await second.control('POST', 'snapshots/full');
    await second.control('POST', 'reset');
    assert.equal((await signIn(second, email, 'a fine long passphrase')).status, 401);
    assert.equal((await signIn(second, ada)).status, 200);
    await second.control('POST', 'snapshots/full/restore');
    assert.equal((await signIn(second, email, 'a fine long passphrase')).status, 200);
    assert.equal((await second.end()).code, 0);
  });

  it('shares its file with no other stub', async () => {
    const directory = temporaryDirectory();
    const options = { directory, seed, args: ['--database', 'stub.db'] };
    const first = await startStub(options);
    const second = await run(['stub', '--database', 'stub.db'], { directory });
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`another auth-server \\(process ${first.process.pid}\\) serves the database stub\\.db`));
    assert.equal((await signIn(first, ada)).status, 200);
    assert.equal((await first.end()).code, 0);
    assert.equal((await (await startStub(options)).end()).code, 0);
  });

  it('refuses the database of a server, running, stopped or killed, and any other file, and changes none', async () => {
    const refused = async (directory, name) => {
      const content = () => readdirSync(directory).sort().map((file) => [file, readFileSync(join(directory, file))]);
      const before = content();
      const { code, stdout, stderr } = await run(['stub', '--database', name], { directory });
      assert.deepEqual([code, stdout], [1, ''], name);
      assert.match(stderr, /auth-server stub empties its database at every reset: name a file that does not exist yet/, name);
      assert.deepEqual(content(), before, name);
    };
    const server = await start();
    const user = await server.register();
    await refused(server.directory, 'auth.db');
    assert.equal((await server.get('/api/auth/me', { token: user.accessToken })).status, 200);
    await server.kill();
    await refused(server.directory, 'auth.db');
    const again = await start({ directory: server.directory });
    await again.stop();
    await refused(server.directory, 'auth.db');
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'notes.txt'), 'my diary', { mode: 0o600 });
    writeFileSync(join(directory, 'empty'), '', { mode: 0o600 });
    await refused(directory, 'notes.txt');
    await refused(directory, 'empty');
  });

  it('has files that the server and every command refuse, with the reason', async () => {
    const directory = temporaryDirectory();
    const stub = await startStub({ directory, args: ['--database', 'stub.db'] });
    const commands = [['--listen', '127.0.0.1:0'], ['check-config'], ['user', 'list'], ['user', 'add', 'eve@example.org'], ['audit'], ['backup', 'copy.db']];
    const allRefuse = async () => {
      const before = readdirSync(directory);
      for (const args of commands) {
        const { code, stderr } = await run([...args, '--database', 'stub.db'], { directory, input: `${password}\n` });
        assert.equal(code, 1, args.join(' '));
        assert.match(stderr, /the database stub\.db is a test database, made by auth-server stub .*: name another database/, args.join(' '));
      }
      assert.deepEqual(readdirSync(directory), before);
    };
    await allRefuse();
    await stub.end();
    await allRefuse();
  });

  it('answers its control plane under loopback names only, or those that are allowed', async () => {
    const stub = await startStub({ seed, args: ['--allow-public', 'auth.test,192.0.2.7'] });
    const { port } = stub;
    const ask = (method, path, host) => stub.request(method, path, { json: method === 'GET' ? undefined : {}, headers: { Host: host } });
    const { email } = await stub.register();
    for (const host of [`evil.example:${port}`, 'evil.example', 'localhost.evil.example', '10.0.0.1', `[::2]:${port}`]) {
      for (const [method, path] of [['POST', '/__test/reset'], ['GET', '/__test/secret'], ['GET', '/__test/state'], ['GET', '/__test/nowhere']]) {
        const answer = await ask(method, path, host);
        assert.deepEqual([answer.status, answer.code], [403, 'ORIGIN_NOT_ALLOWED'], `${method} ${path} ${host}`);
        assert.ok(answer.json.error.includes(`"${host}"`) && answer.json.error.includes('--allow-public'), answer.text);
      }
      assert.equal((await stub.request('POST', '/__test/reset', { json: {}, headers: { Host: host, 'X-Auth-Namespace': 'w-1' } })).status, 403);
      assert.equal((await ask('GET', '/healthz', host)).status, 200, 'the API does not know its own name, as in production');
    }
    assert.equal((await signIn(stub, email, 'a fine long passphrase')).status, 200, 'nothing was reset');
    for (const host of ['localhost', `LOCALHOST:${port}`, `app.localhost:${port}`, `127.0.0.1:${port}`, '127.1.2.3', `[::1]:${port}`, 'auth.test', `auth.test:${port}`, '192.0.2.7:1'])
      assert.equal((await ask('GET', '/__test/state', host)).status, 200, host);
    await stub.end();
  });

  it('sends its header with refusals of the connection layer too', async () => {
    const stub = await startStub();
    for (const request of ['GET / HTTP/1.1\r\n\r\n', 'POST /api/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n']) {
      assert.match((await stub.exchange(request)).toString(), /\r\nX-Auth-Stub: 1\r\n/);
    }
    const large = await stub.post('/api/auth/login', { email: ada, password: 'x'.repeat(17_000) });
    assert.deepEqual([large.status, large.code, large.headers.connection], [413, 'BODY_TOO_LARGE', 'close']);
    await stub.end();
  });
});

describe('the code of the stub', () => {
  it('is separate: the engine, the store, the handlers and the connection layer do not know it', () => {
    const root = new URL('../../', import.meta.url);
    const sources = (folder) => readdirSync(new URL(folder, root), { recursive: true }).filter((name) => /\.(cpp|h)$/.test(name)).map((name) => `${folder}/${name}`);
    const files = ['engine', 'store', 'web/http', 'web/connection', 'web/api'].flatMap(sources);
    assert.ok(files.length > 100);
    const text = (name) => readFileSync(new URL(name, root), 'utf8').replaceAll('auth-server stub', 'a command that a message may name');
    const knowing = files.filter((name) => /\bstub|__test|namespaceField|X-Auth-/i.test(text(name)));
    assert.deepEqual(knowing, []);
  });
});

describe('a production server', () => {
  it('has none of the routes and never says that it is a stub', async () => {
    const server = await start();
    const table = readFileSync(new URL('../../web/stub/control.cpp', import.meta.url), 'utf8');
    const rows = [...table.matchAll(/\{"([A-Z]+)",\s+"(\/__test\/[^"]+)"/g)];
    assert.ok(rows.length >= 18);
    for (const [, method, path] of rows) {
      const answer = await server.request(method, path.replaceAll('*', 'x'), { headers: { 'X-Auth-Namespace': 'a' }, json: method === 'GET' ? undefined : {} });
      assert.deepEqual([answer.status, answer.headers['x-auth-stub']], [404, undefined], `${method} ${path}`);
    }
    assert.doesNotMatch((await server.exchange('GET / HTTP/1.1\r\n\r\n')).toString(), /X-Auth-Stub/i);
    await server.stop();
  });

  it('refuses the secret that every stub has', async () => {
    const stub = await startStub();
    const { code, stderr } = await run(['check-config'], { environment: { AUTH_JWT_SECRET: stub.line.jwtSecret } });
    assert.equal(code, 1);
    assert.match(stderr, /AUTH_JWT_SECRET/);
    await stub.end();
  });
});

describe("the notebook's tests, eight at a time", { concurrency: 8 }, () => {
  let stub;
  before(async () => { stub = await startStub({ seed }); });
  after(async () => { assert.equal((await stub.end()).code, 0); });

  /** A worker's tests: `it(name, body)` in its own namespace, which is reset before each. */
  const worker = (name, tests) => describe(name, { concurrency: 1 }, () => {
    const test = (claim, body) => it(claim, async () => {
      const world = stub.namespace(name);
      await world.control('POST', 'reset');
      try {
        await body(world, new Notebook(world));
      } finally {
        world.disconnect();
      }
    });
    tests(test);
  });

  worker('signing-in', (test) => {
    test('a signed-in user may write', async (world, app) => {
      const { data } = await signIn(world, ada);
      assert.deepEqual(await app.write(data.accessToken, 'hello'), { status: 200, notes: ['hello'] });
    });
    test('a browser gets the two cookies of production, without Secure, and new tokens after a password change', async (world) => {
      const { headers, data } = await world.post('/api/auth/login', { email: ada, password });
      assert.equal(headers['set-cookie'].length, 2);
      assert.match(headers['set-cookie'][1], /^device=[\w-]+; Path=\/api\/auth\/login; HttpOnly; SameSite=Strict; Max-Age=31536000$/);
      const person = { password, accessToken: data.accessToken };
      assert.equal((await world.changePassword(person, 'another long passphrase')).status, 200);
      assert.equal((await world.get('/api/auth/me', { token: data.accessToken })).code, 'TOKEN_INVALID');
      assert.equal(await world.verify(person.accessToken), 200);
    });
    test('a token is real: another library verifies it, and it may have further claims', async (world) => {
      const { jwtSecret } = await world.control('GET', 'secret');
      const { accessToken, userId } = await world.tokens(ada, { expiresInSeconds: 5, claims: { role: 'admin', groups: [1] } });
      const claims = jwt.verify(accessToken, jwtSecret, { algorithms: ['HS256'] });
      assert.deepEqual([claims.sub, claims.role, claims.groups, claims.exp - claims.iat], [userId, 'admin', [1], 5]);
      assert.equal(await world.verify(accessToken), 200);
      await world.control('PUT', 'clock', { advanceSeconds: 6 });
      assert.equal((await world.get('/api/auth/verify', { token: accessToken })).code, 'TOKEN_EXPIRED');
    });
    test('seeded sessions exist, and tokens can be made for them', async (world) => {
      const { accessToken, sessionId } = await world.tokens(ada, { sessionId: 'old-laptop' });
      assert.equal(sessionId, 'old-laptop');
      const { data } = await world.get('/api/sessions', { token: accessToken });
      assert.deepEqual(data.sessions.map(({ id, device, current }) => [id, device, current]), [['old-laptop', 'Firefox on Linux', true]]);
    });
  });

  worker('bad-tokens', (test) => {
    const verdicts = {
      expired: 'TOKEN_EXPIRED', not_yet_valid: 'TOKEN_INVALID', wrong_signature: 'TOKEN_INVALID',
      wrong_algorithm: 'TOKEN_INVALID', none_algorithm: 'TOKEN_INVALID', malformed: 'TOKEN_INVALID',
      ended_session: 'SESSION_TERMINATED', unknown_user: 'SESSION_TERMINATED',
    };
    for (const [fault, code] of Object.entries(verdicts)) {
      test(`${fault}: ${code}`, async (world, app) => {
        const pair = await world.tokens(ada, { fault });
        assert.deepEqual(await app.write(pair.accessToken, 'x'), { status: 401, code });
        const alive = fault !== 'ended_session' && fault !== 'unknown_user';
        assert.equal((await world.refresh(pair.refreshToken)).status, alive ? 200 : 401);
      });
    }
  });

  worker('time', (test) => {
    test('moves as told: access tokens expire, later sessions expire', async (world) => {
      const pair = await world.tokens(ada);
      const moved = await world.control('PUT', 'clock', { frozen: true, now: '2030-01-01T00:00:00.000Z' });
      assert.deepEqual(moved, { now: '2030-01-01T00:00:00.000Z', frozen: true });
      assert.deepEqual(await world.control('GET', 'clock'), moved);
      assert.equal((await world.get('/api/auth/verify', { token: pair.accessToken })).code, 'TOKEN_EXPIRED');
      const { accessToken, refreshToken } = await world.tokens(ada);
      await world.control('PUT', 'clock', { advanceSeconds: 86_400 });
      const next = await world.refresh(refreshToken);
      assert.equal(next.status, 200);
      assert.equal(jwt.decode(next.data.accessToken).iat - jwt.decode(accessToken).iat, 86_400);
      await world.control('PUT', 'clock', { advanceSeconds: 31 * 86_400 });
      assert.equal((await world.refresh(cookieOf(next))).code, 'TOKEN_EXPIRED');
      const { users } = await world.control('GET', 'state');
      assert.ok(users[0].sessions.every(({ endReason }) => endReason === 'expired'));
    });
    test('activity follows it, and devices are told of expiry', async (world) => {
      const pair = await world.tokens(ada);
      const stream = await openStream(world, { token: pair.accessToken, headers: { 'X-Auth-Namespace': world.name } });
      await world.control('PUT', 'clock', { advanceSeconds: 120 });
      await world.verify(pair.accessToken);
      const { users } = await world.control('GET', 'state');
      const { createdAt, lastActivity } = users[0].sessions.find(({ id }) => id === pair.sessionId);
      assert.ok(Date.parse(lastActivity) - Date.parse(createdAt) >= 120_000);
      await world.control('PUT', 'clock', { advanceSeconds: 31 * 86_400 });
      assert.equal((await stream.next('SESSION_TERMINATED')).reason, 'expired');
      await stream.untilClosed();
    });
    test('reset returns it to the present', async (world) => {
      const { now, frozen } = await world.control('GET', 'clock');
      assert.equal(frozen, false);
      assert.ok(Math.abs(Date.parse(now) - Date.now()) < 5000);
    });
  });

  worker('faults', (test) => {
    const me = '/api/auth/me';
    test('a status and a code, so many times', async (world) => {
      const { accessToken: token } = await world.tokens(ada);
      await world.control('PUT', 'faults', { faults: [{ method: 'GET', path: me, status: 503, times: 2 }, { path: '/api/auth/ref*', code: 'RATE_LIMITED' }] });
      const answers = [await world.get(me, { token }), await world.get(me, { token }), await world.get(me, { token })];
      assert.deepEqual(answers.map(({ status, code }) => [status, code]), [[503, 'SERVER_BUSY'], [503, 'SERVER_BUSY'], [200, undefined]]);
      assert.deepEqual([await world.refresh('x')].map(({ status, code, headers }) => [status, code, headers['retry-after']]), [[429, 'RATE_LIMITED', '30']]);
      assert.equal((await world.control('GET', 'faults')).faults[0].times, 0);
      await world.control('DELETE', 'faults');
      assert.equal((await world.refresh('x')).code, 'TOKEN_INVALID');
    });
    test('a lost answer: the refresh was carried out, and its token is used up', async (world) => {
      const { refreshToken } = await world.tokens(ada);
      await world.control('PUT', 'faults', { faults: [{ path: '/api/auth/refresh', drop: 'answer', times: 1 }] });
      await assert.rejects(world.refresh(refreshToken), { code: 'ECONNRESET' });
      assert.equal((await world.refresh(refreshToken)).code, 'TOKEN_REUSE_DETECTED');
    });
    test('a dropped request has not happened', async (world) => {
      const { refreshToken } = await world.tokens(ada);
      await world.control('PUT', 'faults', { faults: [{ path: '/api/auth/refresh', drop: true, times: 1 }] });
      await assert.rejects(world.refresh(refreshToken), { code: 'ECONNRESET' });
      assert.equal((await world.refresh(refreshToken)).status, 200);
    });
    test('a truncated body ends early', async (world) => {
      const { accessToken: token } = await world.tokens(ada);
      await world.control('PUT', 'faults', { faults: [{ path: me, truncate: 10 }] });
      const answer = (await world.exchange(`GET ${me} HTTP/1.1\r\nHost: a\r\nX-Auth-Namespace: faults\r\nAuthorization: Bearer ${token}\r\n\r\n`)).toString();
      const [head, body] = answer.split('\r\n\r\n');
      assert.match(head, /Content-Length: [1-9]\d\d/);
      assert.equal(body, '{"success"');
      const stream = await openStream(world, { token, headers: { 'X-Auth-Namespace': world.name } });
      await stream.next('CONNECTED');
      stream.close();
    });
    test('a delay holds up its request only', async (world) => {
      const { accessToken: token } = await world.tokens(ada);
      await world.control('PUT', 'faults', { faults: [{ path: me, delay: 400 }] });
      const begin = performance.now();
      const slow = Array.from({ length: 40 }, () => world.get(me, { token, agent: false }));
      assert.equal(await world.verify(token), 200);
      const quick = performance.now() - begin;
      assert.ok((await Promise.all(slow)).every(({ status }) => status === 200));
      const together = performance.now() - begin;
      // In sequence, or two at a time, they would take more than eight seconds.
      assert.ok(quick < 400 && together >= 400 && together < 4000, `${quick} ms, ${together} ms`);
    });
  });

  worker('watching', (test) => {
    test('requests are listed newest last, without secrets', async (world) => {
      await signIn(world, ada);
      await world.get('/api/auth/me?token=abc&x=1', { token: 'a-secret-token', cookie: 'another-secret' });
      const { requests } = await world.control('GET', 'requests');
      assert.deepEqual(requests.map(({ method, path, status }) => [method, path, status]), [['POST', '/api/auth/login', 200], ['GET', '/api/auth/me', 401]]);
      assert.deepEqual(requests[0].body, { delivery: 'body', email: ada, password: '***' });
      assert.deepEqual([requests[1].headers.Authorization, requests[1].headers.Cookie, requests[1].query, requests[1].code], ['Bearer ***', '***', 'token=***&x=1', 'TOKEN_INVALID']);
      assert.doesNotMatch(JSON.stringify(requests), /secret|correct horse/);
      assert.equal((await world.control('GET', 'requests?path=/api/auth/login')).requests.length, 1);
      await world.control('DELETE', 'requests');
      assert.deepEqual((await world.control('GET', 'requests')).requests, []);
    });
    test('a test can wait for a request and for an event', async (world) => {
      const asked = world.control('GET', 'requests?path=/api/auth/login&wait=20');
      const told = world.control('GET', `events?user=${ada}&wait=20`);
      await signIn(world, ada);
      assert.equal((await asked).requests.length, 1);
      assert.deepEqual((await told).events.map(({ event, email }) => [event, email]), [['SESSION_NEW', ada]]);
      assert.deepEqual((await world.control('GET', `events?user=${bob}`)).events, []);
    });
  });

  worker('state', (test) => {
    test('ids are derived from the e-mail address and equal in all namespaces, but tokens are valid in one only', async (world) => {
      const other = stub.namespace('another-world');
      const [here, there] = [await world.tokens(ada, { sessionId: 'old-laptop' }), await other.tokens(ada, { sessionId: 'old-laptop' })];
      assert.deepEqual([here.userId, here.sessionId], [there.userId, there.sessionId]);
      assert.equal((await other.get('/api/auth/me', { token: here.accessToken })).code, 'TOKEN_INVALID');
      assert.equal((await other.refresh(here.refreshToken)).code, 'TOKEN_INVALID');
      assert.equal(await other.verify(there.accessToken), 200);
      other.disconnect();
    });
    test('is shown completely and in a fixed order, without secrets', async (world) => {
      const { accessToken, refreshToken } = await world.tokens(bob);
      const state = await world.control('GET', 'state');
      assert.deepEqual(state.users.map(({ id, email, createdAt }) => [id.slice(0, 3), email, createdAt === '2026-01-02T03:04:05.000Z']), [['u17', ada, false], ['bob', bob, true]]);
      const text = JSON.stringify(state);
      for (const secret of [accessToken, refreshToken, '$2b$', password, (await world.control('GET', 'secret')).jwtSecret]) assert.ok(!text.includes(secret), secret);
    });
    test('a snapshot restores it, refresh tokens and clock included', async (world) => {
      const { accessToken, refreshToken } = await world.tokens(ada);
      await world.control('POST', 'snapshots/before');
      assert.equal((await world.refresh(refreshToken)).status, 200);
      await world.post('/api/auth/logout', {}, { token: accessToken });
      await world.control('PUT', 'clock', { advanceSeconds: 3600 });
      assert.equal(await world.verify(accessToken), 401);
      await world.control('POST', 'snapshots/before/restore');
      assert.equal(await world.verify(accessToken), 200);
      assert.equal((await world.refresh(refreshToken)).status, 200);
      assert.equal((await world.refused('POST', 'snapshots/never-saved/restore')).status, 404);
    });
    test('reset forgets everything but the seed, and streams are told', async (world) => {
      const user = await world.register();
      const stream = await openStream(world, { token: user.accessToken, headers: { 'X-Auth-Namespace': world.name } });
      await stream.next('SESSIONS_UPDATED');
      await world.control('PUT', 'faults', { faults: [{ path: '/x', status: 500 }] });
      await world.control('POST', 'reset');
      await stream.untilClosed();
      const state = await world.control('GET', 'state');
      assert.deepEqual([state.users.map(({ email }) => email), state.faults, state.rotation], [[ada, bob], [], true]);
      assert.deepEqual((await world.control('GET', 'events')).events, []);
      assert.equal(await world.verify(user.accessToken), 401);
    });
  });

  worker('seeding', (test) => {
    const cleo = 'cleo@example.org';
    test('adds users to the world and to its seed', async (world) => {
      const { users, sessions } = await world.control('POST', 'seed', { users: [{ email: cleo, password: 'abc' }], sessions: [{ user: cleo }] });
      assert.deepEqual([users[0].email, sessions[0].user], [cleo, cleo]);
      await world.control('POST', 'reset');
      assert.equal((await signIn(world, cleo, 'abc')).status, 200);
    });
    test('is all or nothing', async (world) => {
      const before = await world.control('GET', 'state');
      const users = [{ email: 'dora@example.org' }, { email: 'eve@example.org', id: 'bob' }];
      assert.deepEqual(await world.refused('POST', 'seed', { users }), { status: 422, code: 'VALIDATION_FAILED', fields: ['users[1].id'] });
      assert.deepEqual((await world.control('GET', 'state')).users, before.users);
      await world.control('POST', 'reset');
      assert.deepEqual((await world.control('GET', 'state')).users, before.users);
    });
    test('one user, any field', async (world) => {
      const { accessToken } = await world.tokens(ada);
      const hash = '$2b$04$abcdefghijklmnopqrstuuVnGjQuVyJ2tWRkr8A7cqEUhsbIIOEO2';
      const { user } = await world.control('PUT', `users/${encodeURIComponent(ada)}`, { name: 'Countess', email: 'countess@example.org', passwordHash: hash });
      assert.deepEqual([user.name, user.email], ['Countess', 'countess@example.org']);
      assert.equal((await world.get('/api/auth/verify', { token: accessToken })).code, 'SESSION_TERMINATED');
      await world.control('PUT', `users/${bob}`, { disabled: true });
      assert.equal((await signIn(world, bob)).status, 401);
      await world.control('PUT', `users/${bob}`, { disabled: false });
      assert.equal((await signIn(world, bob)).status, 200);
      await world.control('PUT', 'users/new@example.org', { password: 'x' });
      assert.equal((await signIn(world, 'new@example.org', 'x')).status, 200);
    });
    test('faults are named, and the request has no effect', async (world) => {
      const before = await world.control('GET', 'state');
      const rows = [
        ['POST', 'reset', { all: true }, ['all']],
        ['POST', 'seed', { users: [{ email: 'x' }, 7], foo: 1 }, ['users[0].email', 'users[1]', 'foo']],
        ['PUT', `users/${bob}`, { disabled: 'yes', id: 'other' }, ['disabled']],
        ['PUT', `users/${bob}`, { id: 'other' }, ['id']],
        ['POST', 'tokens', { user: 'nobody@example.org' }, ['user']],
        ['POST', 'tokens', { fault: 'sour', expiresInSeconds: 0 }, ['fault', 'user', 'expiresInSeconds']],
        ['POST', 'tokens', { user: ada, claims: { exp: 1 } }, ['claims.exp']],
        ['POST', 'cookies', { user: ada, domain: 'a b' }, ['domain']],
        ['PUT', 'clock', { now: 'noon', advanceSeconds: -1 }, ['now', 'advanceSeconds']],
        ['PUT', 'clock', {}, ['now']],
        ['PUT', 'faults', { faults: [{ status: 503 }, { path: 'x', status: 200 }, {}] }, ['faults[1].path', 'faults[1].status', 'faults[1].status', 'faults[2].status']],
        ['POST', 'snapshots/a%20b', undefined, ['name']],
        ['PUT', 'rotation', {}, ['enabled']],
        ['GET', 'requests?wait=1h', undefined, ['wait']],
      ];
      for (const [method, path, json, fields] of rows) {
        assert.deepEqual(await world.refused(method, path, json), { status: 422, code: 'VALIDATION_FAILED', fields }, `${method} ${path}`);
      }
      const { users, faults, snapshots, frozen } = await world.control('GET', 'state');
      assert.deepEqual([users, faults, snapshots, frozen], [before.users, [], [], false]);
      assert.equal((await world.request('POST', '/__test/seed', { body: '[]', headers: { 'Content-Type': 'application/json' } })).code, 'BAD_JSON');
      assert.equal((await world.request('DELETE', '/__test/clock')).headers.allow, 'GET, HEAD, PUT, OPTIONS');
    });
    test('pages of other sites cannot use the control plane', async (world) => {
      const answer = await world.request('POST', '/__test/reset', { headers: { Origin: 'https://evil.example' } });
      assert.deepEqual([answer.status, answer.code], [403, 'ORIGIN_NOT_ALLOWED']);
    });
  });

  worker('browsers', (test) => {
    test('cookies have the form that Playwright expects, and are accepted', async (world) => {
      const state = await world.control('POST', 'cookies', { user: ada, domain: 'localhost' });
      assert.deepEqual(Object.keys(state), ['cookies', 'origins']);
      const [{ value, expires, ...cookie }] = state.cookies;
      assert.deepEqual(cookie, { name: 'refreshToken', domain: 'localhost', path: '/api', httpOnly: true, secure: false, sameSite: 'Strict' });
      assert.ok(expires > Date.now() / 1000 + 29 * 86_400);
      assert.equal((await world.refresh(value)).status, 200);
    });
    test('with rotation off the refresh token stays the same', async (world) => {
      const { refreshToken } = await world.tokens(ada);
      assert.deepEqual(await world.control('PUT', 'rotation', { enabled: false }), { enabled: false });
      for (let i = 0; i < 3; ++i) assert.equal(cookieOf(await world.refresh(refreshToken)), refreshToken);
      await world.control('PUT', 'rotation', { enabled: true });
      assert.notEqual(cookieOf(await world.refresh(refreshToken)), refreshToken);
      assert.equal((await world.refresh(refreshToken)).code, 'TOKEN_REUSE_DETECTED');
    });
  });
});

describe('namespaces', () => {
  it('there are at most 256 of them, with plain names', async () => {
    const stub = await startStub();
    for (let i = 0; i < 256; ++i) assert.equal((await stub.get('/healthz', { headers: { 'X-Auth-Namespace': `w-${i}` } })).status, 200);
    for (const name of ['w-256', 'a b', 'x'.repeat(65), 'caf\u00e9']) {
      const answer = await stub.get('/__test/state', { headers: { 'X-Auth-Namespace': name } });
      assert.deepEqual([answer.status, answer.json.fields[0].field], [422, 'X-Auth-Namespace'], name);
    }
    assert.equal((await stub.get('/healthz', { headers: { 'X-Auth-Namespace': 'w-7' } })).status, 200);
    await stub.end();
  });
});
