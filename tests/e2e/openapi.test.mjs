// The description of the API is well-formed, served, and complete: each answer that it lists is provoked here, or named in
// `unprovoked` with the reason.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { checkAnswer, freshEmail, goodPassword, parseAnswers } from './client.mjs';
import { codesOf, description, operations, resolved, text } from './openapi.mjs';
import { launch, run, secret, start, until, within } from './server.mjs';
import { openStream } from './stream.mjs';
import { startStub } from './stub.mjs';

/** What is listed and not provoked: "METHOD PATH STATUS CODE", where * stands for any -> the reason. */
const unprovoked = new Map([
  ['* * 500 *', 'takes a defect; tests/web/api/routes_test.cpp makes one'],
  ['POST /api/auth/password 404 USER_NOT_FOUND', 'the account has to be deleted between two steps of one request'],
]);

// ---- What is listed, and what was seen -------------------------------------------------------------------------------

const any = operations.find(({ path }) => path === undefined);
const routes = operations.filter((operation) => operation !== any);
const route = (method, path) => routes.find((one) => one.method === method && one.path === path);
const bearerRoutes = routes.filter((one) => one.responses[401] && codesOf(one.responses[401]).includes('SESSION_EXPIRED'));

const nameOf = ({ method = '*', path = '*' }, status, code) => `${method} ${path} ${status} ${code}`;
const matches = (pattern, name) => {
  const parts = name.split(' ');
  return pattern.split(' ').every((part, at) => part === '*' || part === parts[at]);
};

/** HEAD has no body, so no code. */
const listed = operations.flatMap((operation) => Object.entries(operation.responses).flatMap(([status, response]) =>
  (operation.method === 'HEAD' ? [''] : codesOf(response)).map((code) => nameOf(operation, status, code))));

const seen = new Set();

/** Asserts what an operation has answered, and remembers it. */
function saw(operation, answer, status, code = '') {
  const name = nameOf(operation, status, operation.method === 'HEAD' ? '' : code);
  assert.equal(nameOf(operation, answer.status, answer.json?.code ?? ''), name, answer.text);
  seen.add(name);
}

/** Asks on a connection, as clients do. */
async function ask(server, operation, options, status, code) {
  saw(operation, await server.request(operation.method, operation.path, options), status, code);
}

/** Sends bytes on a connection of their own; `method` and `path` are those of the operation unless given. */
async function send(server, operation, { method = operation.method, path = operation.path, fields = 'Host: x\r\n', body = '' }, status, code) {
  const bytes = await server.exchange(`${method} ${path} HTTP/1.1\r\nConnection: close\r\n${fields}\r\n${body}`);
  // Where a place is missing, the server has not read whether HEAD was asked.
  const [answer] = parseAnswers(bytes, method === 'HEAD' && code !== 'SERVER_BUSY' ? [0] : []);
  const whole = method === 'HEAD' ? { ...answer, text: '', json: undefined } : answer;
  checkAnswer({ ...whole, method, path });
  saw(operation, whole, status, code);
}

const credentials = () => ({ email: freshEmail(), password: goodPassword });
const bodies = {
  '/api/auth/register': credentials,
  '/api/auth/login': credentials,
  '/api/auth/password': () => ({ currentPassword: goodPassword, newPassword: 'another long passphrase' }),
  '/api/sessions/terminate': () => ({ sessionId: 'x' }),
};
/** A request as an operation wants it, but for who asks. */
const proper = ({ path }) => ({ json: bodies[path]?.() });

describe('the description', () => {
  it('is linted clean', { skip: Number(process.versions.node.split('.')[0]) < 20 && 'the linter needs a later Node' }, async () => {
    const lint = ['node_modules/@redocly/cli/bin/cli.js', 'lint', '--config', 'redocly.yaml', '../../web/api/openapi.json'];
    await promisify(execFile)(process.execPath, lint, {
      cwd: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    }).catch(({ stdout, stderr }) => assert.fail(stdout + stderr));
  });

  it('is of the version of the program', async () => {
    assert.ok((await run(['version'])).stdout.startsWith(`auth-server ${description.info.version}`));
  });

  it('names rate limits with their defaults', async () => {
    const { stdout } = await run(['check-config', '--json']);
    const inForce = Object.fromEntries(JSON.parse(stdout).settings.map(({ key, value }) => [key, value]));
    const limits = Object.values(description.paths).flatMap(({ post }) => post?.['x-rate-limits'] ?? []);
    assert.ok(limits.length > 0);
    for (const { setting, default: value } of limits) assert.equal(inForce[setting], value, setting);
  });
});

describe('the answers that it lists', () => {
  let server;
  let user;
  before(async () => {
    server = await start();
    user = await server.register();
  });
  after(async () => {
    assert.equal((await server.stop()).code, 0);
  });

  it('the document itself', async () => {
    const { text: served } = await server.get('/api/openapi.json');
    assert.equal(served, text.replaceAll(/^ +/gm, ''));
    for (const method of ['GET', 'HEAD']) await ask(server, route(method, '/api/openapi.json'), {}, 200);
  });

  it('to requests that are malformed, too large or of an unknown kind', async () => {
    const type = 'Host: x\r\nContent-Type: ';
    const rows = [
      [400, 'BAD_REQUEST', { fields: 'Host: x\r\nHost: y\r\n' }],
      [411, 'LENGTH_REQUIRED', { fields: 'Host: x\r\nTransfer-Encoding: chunked\r\n' }],
      [431, 'HEADERS_TOO_LARGE', { fields: `Host: x\r\nX-Pad: ${'x'.repeat(17_000)}\r\n` }],
      [501, 'NOT_IMPLEMENTED', { fields: 'Host: x\r\nTransfer-Encoding: gzip\r\n' }],
    ];
    const bodyRows = [
      [400, 'BAD_JSON', { fields: `${type}application/json\r\nContent-Length: 1\r\n`, body: '{' }],
      [413, 'BODY_TOO_LARGE', { fields: `${type}application/json\r\nContent-Length: 16385\r\n` }],
      [415, 'UNSUPPORTED_MEDIA_TYPE', { fields: `${type}text/plain\r\nContent-Length: 2\r\n`, body: '{}' }],
    ];
    for (const operation of routes) {
      const some = operation.method === 'POST' ? [...rows, ...bodyRows] : rows;
      for (const [status, code, request] of some) await send(server, operation, request, status, code);
      const path = `${operation.path}?${'x'.repeat(2048)}`;
      await send(server, operation, { path }, 414, 'URI_TOO_LONG');
    }
  });

  it('to preflights', async () => {
    for (const operation of routes.filter(({ method }) => method === 'OPTIONS')) await ask(server, operation, {}, 204);
  });

  it('to requests that no operation takes', async () => {
    const rows = [
      [404, 'NOT_FOUND', {}],
      [405, 'METHOD_NOT_ALLOWED', { method: 'PUT', path: '/api/sessions' }],
      [400, 'BAD_REQUEST', { fields: '' }],
      [411, 'LENGTH_REQUIRED', { fields: 'Host: x\r\nTransfer-Encoding: chunked\r\n' }],
      [413, 'BODY_TOO_LARGE', { method: 'PUT', fields: 'Host: x\r\nContent-Length: 16385\r\n' }],
      [414, 'URI_TOO_LONG', { path: `/${'x'.repeat(2048)}` }],
      [415, 'UNSUPPORTED_MEDIA_TYPE', { method: 'PUT', fields: 'Host: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n', body: '{}' }],
      [431, 'HEADERS_TOO_LARGE', { fields: `Host: x\r\nX-Pad: ${'x'.repeat(17_000)}\r\n` }],
      [501, 'NOT_IMPLEMENTED', { method: 'BREW' }],
    ];
    for (const [status, code, request] of rows) await send(server, any, { method: 'GET', path: '/nowhere', ...request }, status, code);
  });

  it('to those who may', async () => {
    const token = user.accessToken;
    for (const method of ['GET', 'HEAD']) {
      for (const path of ['/healthz', '/readyz']) await ask(server, route(method, path), {}, 200);
      for (const path of ['/api/auth/verify', '/api/auth/me', '/api/auth/activity', '/api/sessions']) await ask(server, route(method, path), { token }, 200);
      await ask(server, route(method, '/api/sessions'), { token }, 200);
    }
    await ask(server, route('HEAD', '/api/events'), { token }, 200);
    (await openStream(server, { token })).close();
    seen.add(nameOf(route('GET', '/api/events'), 200, ''));  // openStream() has asserted it

    const json = credentials();
    await ask(server, route('POST', '/api/auth/register'), { json }, 201);
    await ask(server, route('POST', '/api/auth/login'), { json }, 200);
    const other = await server.login(json);
    await ask(server, route('POST', '/api/auth/refresh'), { cookie: other.refreshToken }, 200);
    await ask(server, route('POST', '/api/auth/password'), { ...proper(route('POST', '/api/auth/password')), token: other.accessToken }, 200);
    const last = await server.login({ ...json, password: 'another long passphrase' });
    await ask(server, route('POST', '/api/sessions/terminate'), { json: { sessionId: other.sessionId }, token: last.accessToken }, 200);
    await ask(server, route('POST', '/api/sessions/terminate-others'), { token: last.accessToken }, 200);
    await ask(server, route('POST', '/api/auth/logout'), { token: last.accessToken }, 200);
  });

  it('to access tokens that are missing, invalid, expired or of an ended session', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: user.user.id, sessionId: user.sessionId, iat: now - 2000, exp: now - 1000 };
    const ended = await server.login(user);
    await server.post('/api/auth/logout', undefined, { token: ended.accessToken });
    const tokens = {
      TOKEN_MISSING: undefined,
      TOKEN_INVALID: 'x',
      TOKEN_EXPIRED: jwt.sign(claims, secret, { algorithm: 'HS256' }),
      SESSION_TERMINATED: ended.accessToken,
    };
    assert.ok(bearerRoutes.length > 0);
    for (const operation of routes.filter(({ responses }) => responses[401])) {
      for (const [code, token] of Object.entries(tokens)) {
        const isListed = codesOf(operation.responses[401]).includes(code) && operation.path !== '/api/auth/refresh';
        if (isListed) await ask(server, operation, { ...proper(operation), token }, 401, code);
      }
    }
  });

  it('to sessions and refresh tokens that have expired', async () => {
    const stub = await startStub();
    await stub.control('POST', 'seed', { users: [{ email: 'ada@example.org' }] });
    const { accessToken: token, refreshToken } = await stub.tokens('ada@example.org', { expiresInSeconds: 400 * 86400 });
    await stub.control('PUT', 'clock', { advanceSeconds: 31 * 86400 });
    for (const operation of bearerRoutes) await ask(stub, operation, { ...proper(operation), token }, 401, 'SESSION_EXPIRED');
    await ask(stub, route('POST', '/api/auth/refresh'), { json: { refreshToken } }, 401, 'TOKEN_EXPIRED');
    assert.equal((await stub.end()).code, 0);
  });

  it('to refresh tokens that are missing, invalid or used, and to cookies from other origins', async () => {
    const operation = route('POST', '/api/auth/refresh');
    await ask(server, operation, {}, 401, 'TOKEN_MISSING');
    await ask(server, operation, { cookie: 'x' }, 401, 'TOKEN_INVALID');
    const { refreshToken: cookie } = await server.register();
    const headers = { Origin: 'https://evil.example' };
    for (const [method, path] of [['POST', '/api/auth/refresh'], ['POST', '/api/auth/logout'], ['GET', '/api/events'], ['HEAD', '/api/events']]) {
      await ask(server, route(method, path), { cookie, headers }, 403, 'ORIGIN_NOT_ALLOWED');
    }
    await ask(server, operation, { cookie }, 200);
    await ask(server, operation, { cookie }, 401, 'TOKEN_REUSE_DETECTED');
  });

  it('to what cannot be accepted', async () => {
    const token = (await server.login(user)).accessToken;
    for (const operation of routes.filter(({ responses }) => responses[422])) {
      const wrong = operation.method === 'POST'
        ? { json: Object.fromEntries(Object.keys(resolved(resolved(description.paths[operation.path].post.requestBody).content['application/json'].schema).properties).map((name) => [name, 1])) }
        : {};
      const path = operation.method === 'POST' ? operation.path : `${operation.path}?limit=0`;
      saw(operation, await server.request(operation.method, path, { ...wrong, token }), 422, 'VALIDATION_FAILED');
    }
    await ask(server, route('POST', '/api/auth/login'), { json: credentials() }, 401, 'INVALID_CREDENTIALS');
    await ask(server, route('POST', '/api/auth/register'), { json: { email: user.email, password: goodPassword } }, 409, 'EMAIL_TAKEN');
    await ask(server, route('POST', '/api/sessions/terminate'), { json: { sessionId: 'x' }, token }, 404, 'SESSION_NOT_FOUND');
    const closed = await start({ settings: { registration: 'closed' } });
    await ask(closed, route('POST', '/api/auth/register'), { json: credentials() }, 403, 'REGISTRATION_CLOSED');
    assert.equal((await closed.stop()).code, 0);
  });

  it('past the limits', async () => {
    const settings = Object.fromEntries(['logins', 'password_changes', 'registrations', 'refreshes'].map((name) => [`rate_limit_${name}`, '1/1h']));
    const limited = await start({ settings: { ...settings, rate_limits: 'on', max_streams_per_user: '1' } });
    const { email, password, accessToken: token, refreshToken: cookie } = await limited.register();
    const stream = await openStream(limited, { token });
    await limited.login({ email, password });
    const next = (await limited.refresh(cookie)).headers['set-cookie'][0].split(/[=;]/)[1];
    const change = { json: { currentPassword: 'not the password', newPassword: 'another long passphrase' }, token };
    assert.equal((await limited.request('POST', '/api/auth/password', change)).status, 422);
    for (const [method, path, options] of [
      ['POST', '/api/auth/register', { json: credentials() }], ['POST', '/api/auth/login', { json: { email, password } }],
      ['POST', '/api/auth/refresh', { cookie: next }], ['POST', '/api/auth/password', change], ['GET', '/api/events', { token }],
    ]) await ask(limited, route(method, path), options, 429, 'RATE_LIMITED');
    stream.close();
    assert.equal((await limited.stop()).code, 0);
  });

  it('when there is no place for a connection', async () => {
    const full = await start({ settings: { max_connections_per_address: '1' } });
    const holder = await full.connect();
    holder.write('GET /healthz HTTP/1.1\r\nHo');
    for (const operation of routes) await send(full, operation, {}, 503, 'SERVER_BUSY');
    await send(full, any, { method: 'GET', path: '/nowhere' }, 503, 'SERVER_BUSY');
    holder.destroy();
    assert.equal((await full.stop()).code, 0);
  });

  it('when the database cannot be read', async () => {
    const sound = await start();
    const { accessToken: token, refreshToken } = await sound.register();
    assert.equal((await sound.stop()).code, 0);
    const { directory } = sound;
    const broken = await start({ directory });
    // The server keeps pages in memory until another process has changed the file.
    const other = launch('sqlite3', ['auth.db'], { directory });
    other.child.stdin.write("BEGIN; UPDATE users SET name = 'Ada'; SELECT 'begun';\n");
    await until(() => other.stdout.includes('begun'), 'the change');
    const file = join(directory, 'auth.db');
    const firstPage = readFileSync(file).subarray(0, 4096);
    writeFileSync(file, Buffer.concat([firstPage, Buffer.alloc(statSync(file).size - firstPage.length)]));
    other.child.stdin.end('COMMIT;\n');
    await within(other.ended, 'the end of the other process');

    const stored = routes.filter(({ responses }) => responses[503] && codesOf(responses[503]).includes('STORE_UNAVAILABLE'));
    assert.ok(stored.length > 10);
    for (const operation of stored) {
      const options = operation.path === '/api/auth/refresh' ? { json: { refreshToken } } : { ...proper(operation), token };
      await ask(broken, operation, options, 503, 'STORE_UNAVAILABLE');
    }
    renameSync(file, `${file}.away`);
    for (const method of ['GET', 'HEAD']) await ask(broken, route(method, '/readyz'), {}, 503);
    await broken.kill();
  });

  it('are all of them', () => {
    const isExcused = (name) => [...unprovoked.keys()].some((pattern) => matches(pattern, name));
    assert.deepEqual(listed.filter((name) => !seen.has(name) && !isExcused(name)), [], 'listed, neither seen nor excused');
    assert.deepEqual([...seen].filter(isExcused), [], 'excused, but seen');
    for (const pattern of unprovoked.keys()) assert.ok(listed.some((name) => matches(pattern, name)), `${pattern} excuses nothing`);
  });
});
