// Every route of the HTTP contract: what it answers, to whom, and to which methods.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { checkAnswer, cookieOf, currentOf, freshEmail, goodPassword, parseAnswers } from './client.mjs';
import { invalid, keys, refused } from './expect.mjs';
import { secret, start } from './server.mjs';

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const sessionKeys = ['createdAt', 'current', 'device', 'expiresAt', 'id', 'ipAddress', 'lastActivity', 'userAgent'];
const agents = {
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  chrome: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
};

let server;
let alice;
before(async () => {
  server = await start({ settings: { cookie_secure: 'true' } });
  alice = await server.register({ name: 'Alice Ängström' });
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

const bearerRoutes = [
  ['GET', '/api/auth/me'],
  ['GET', '/api/auth/verify'],
  ['POST', '/api/auth/password', { currentPassword: goodPassword, newPassword: 'another long passphrase' }],
  ['GET', '/api/sessions'],
  ['POST', '/api/sessions/terminate', { sessionId: 'x' }],
  ['POST', '/api/sessions/terminate-others'],
  ['GET', '/api/events'],
  ['GET', '/api/auth/activity'],
];

/** The two cookies of a sign-in: the refresh token, and the one by which the account recognises this browser. */
function signsInBrowser(answer) {
  const [refresh, device, ...more] = answer.headers['set-cookie'];
  assert.match(refresh, /^refreshToken=[A-Za-z0-9_-]{70,120}; Path=\/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/);
  assert.match(device, /^device=[A-Za-z0-9_-]{80,120}; Path=\/api\/auth\/login; HttpOnly; Secure; SameSite=Strict; Max-Age=31536000$/);
  assert.deepEqual(more, []);
}

describe('the routes', () => {
  it('registering is 201 with a token, the user, the sessions and the cookie with all its attributes', async () => {
    const email = freshEmail();
    const answer = await server.post('/api/auth/register', { email: email.toUpperCase(), password: goodPassword, name: 'Bo', more: 1 },
      { headers: { 'User-Agent': agents.firefox } });
    assert.equal(answer.status, 201, answer.text);
    assert.deepEqual(keys(answer.data), ['accessToken', 'expiresIn', 'sessions', 'user']);
    assert.equal(answer.data.expiresIn, 900);
    assert.deepEqual(keys(answer.data.user), ['createdAt', 'email', 'id', 'name']);
    assert.equal(answer.data.user.email, email);
    assert.equal(answer.data.user.name, 'Bo');
    assert.match(answer.data.user.createdAt, time);
    assert.equal(answer.data.sessions.length, 1);
    const [session] = answer.data.sessions;
    assert.deepEqual(keys(session), sessionKeys);
    assert.equal(session.userAgent, agents.firefox);
    assert.equal(session.device, 'Firefox on Linux');
    assert.equal(session.ipAddress, '127.0.0.1');
    assert.equal(session.current, true);
    for (const key of ['createdAt', 'lastActivity', 'expiresAt']) assert.match(session[key], time);
    const lifetime = Date.parse(session.expiresAt) - Date.parse(session.createdAt);
    assert.equal(Math.round(lifetime / 1000), 30 * 86400);
    signsInBrowser(answer);
  });

  it('signing in is 200 with the same data as registering, and a new session', async () => {
    const answer = await server.post('/api/auth/login', { email: alice.email, password: alice.password }, { headers: { 'User-Agent': agents.chrome } });
    assert.equal(answer.status, 200);
    assert.deepEqual(keys(answer.data), ['accessToken', 'expiresIn', 'sessions', 'user']);
    assert.deepEqual(answer.data.user, alice.user);
    const current = currentOf(answer.data.sessions);
    assert.notEqual(current.id, alice.sessionId);
    assert.equal(current.device, 'Chrome on Windows');
    assert.ok(answer.data.sessions.some((session) => session.id === alice.sessionId && !session.current));
    signsInBrowser(answer);
  });

  it('delivery "body" puts the refresh token into the data instead of a cookie', async () => {
    for (const [path, status, email] of [['/api/auth/register', 201, freshEmail()], ['/api/auth/login', 200, alice.email]]) {
      const answer = await server.post(path, { email, password: goodPassword, delivery: 'body' });
      assert.equal(answer.status, status);
      assert.deepEqual(keys(answer.data), ['accessToken', 'expiresIn', 'refreshToken', 'sessions', 'user']);
      assert.equal(answer.headers['set-cookie'], undefined);
      const renewed = await server.post('/api/auth/refresh', { refreshToken: answer.data.refreshToken });
      assert.equal(renewed.status, 200);
      assert.deepEqual(keys(renewed.data), ['accessToken', 'expiresIn', 'refreshToken']);
      assert.equal(renewed.headers['set-cookie'], undefined);
    }
  });

  it('refreshing with the cookie answers a new access token and a new cookie', async () => {
    const session = await server.login(alice);
    const answer = await server.refresh(session.refreshToken);
    assert.equal(answer.status, 200);
    assert.deepEqual(keys(answer.data), ['accessToken', 'expiresIn']);
    assert.match(answer.headers['set-cookie'][0], /^refreshToken=[\w-]+; Path=\/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/);
    assert.notEqual(cookieOf(answer), session.refreshToken);
    assert.equal(await server.verify(answer.data.accessToken), 200);
  });

  it('me answers the user and the session', async () => {
    const answer = await server.get('/api/auth/me', { token: alice.accessToken });
    assert.equal(answer.status, 200);
    assert.deepEqual(keys(answer.data), ['session', 'user']);
    assert.deepEqual(answer.data.user, alice.user);
    assert.deepEqual(keys(answer.data.session), sessionKeys);
    assert.equal(answer.data.session.id, alice.sessionId);
    assert.equal(answer.data.session.current, true);
  });

  it('verify returns the identity in headers, for GET and for HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await server.request(method, '/api/auth/verify', { token: alice.accessToken });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['remote-user'], alice.email);
      assert.equal(answer.headers['remote-email'], alice.email);
      assert.equal(answer.headers['remote-sub'], alice.user.id);
      assert.equal(Buffer.from(answer.headers['remote-name'], 'latin1').toString('utf8'), 'Alice Ängström');
      assert.equal(answer.headers['x-session-id'], alice.sessionId);
      if (method === 'GET') assert.deepEqual(answer.data, {});
    }
  });

  it('verify returns the e-mail if there is no name, and no control characters', async () => {
    const nameless = await server.register();
    assert.equal((await server.get('/api/auth/verify', { token: nameless.accessToken })).headers['remote-name'], nameless.email);
    const answer = await server.post('/api/auth/register', { email: freshEmail(), password: goodPassword, name: 'A\r\nSet-Cookie: x=1\u001b[2J\u007f' });
    if (answer.status === 422) return invalid(answer, 'name');
    const verified = await server.get('/api/auth/verify', { token: answer.data.accessToken });
    assert.equal(verified.headers['set-cookie'], undefined);
    assert.doesNotMatch(verified.headers['remote-name'], /[\x00-\x1f\x7f]/);
  });

  it('a changed password ends the other sessions and gives this one new tokens', async () => {
    const user = await server.register();
    const before = { ...user };
    const other = await server.login(user);
    const wrong = await server.post('/api/auth/password', { currentPassword: 'not the password', newPassword: 'another long passphrase' }, { token: user.accessToken });
    invalid(wrong, 'currentPassword');
    assert.equal(wrong.json.fields[0].code, 'WRONG_PASSWORD');
    assert.equal(await server.verify(other.accessToken), 200);
    const same = await server.post('/api/auth/password', { currentPassword: user.password, newPassword: user.password }, { token: user.accessToken });
    invalid(same, 'newPassword');
    assert.equal(same.json.fields[0].code, 'SAME_PASSWORD');
    const changed = await server.changePassword(user, 'another long passphrase');
    assert.equal(changed.status, 200, changed.text);
    assert.deepEqual([keys(changed.data), changed.data.expiresIn], [['accessToken', 'expiresIn'], 900]);
    assert.match(changed.headers['set-cookie'].join('\n'),
      /^refreshToken=[A-Za-z0-9_-]{70,120}; Path=\/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/);
    assert.equal(await server.verify(user.accessToken), 200);
    refused(await server.get('/api/auth/me', { token: before.accessToken }), 401, 'TOKEN_INVALID');
    refused(await server.post('/api/auth/logout', undefined, { token: before.accessToken }), 401, 'TOKEN_INVALID');
    refused(await server.refresh(before.refreshToken), 401, 'TOKEN_INVALID');
    refused(await server.get('/api/auth/me', { token: other.accessToken }), 401, 'SESSION_TERMINATED');
    refused(await server.refresh(other.refreshToken), 401, 'TOKEN_INVALID');
    refused(await server.post('/api/auth/login', { email: user.email, password: before.password }), 401, 'INVALID_CREDENTIALS');
    await server.login({ email: user.email, password: 'another long passphrase' });
    assert.equal((await server.refresh(user.refreshToken)).status, 200);

    const inBody = await server.post('/api/auth/password', { currentPassword: user.password, newPassword: 'a third long passphrase', delivery: 'body' }, { token: user.accessToken });
    assert.deepEqual(keys(inBody.data), ['accessToken', 'expiresIn', 'refreshToken']);
    assert.equal(inBody.headers['set-cookie'], undefined);
    assert.equal((await server.post('/api/auth/refresh', { refreshToken: inBody.data.refreshToken })).status, 200);
  });

  it('sessions are listed with the newest activity first, one of them current', async () => {
    const user = await server.register();
    const second = await server.login(user);
    const { data } = await server.get('/api/sessions', { token: user.accessToken });
    assert.deepEqual(keys(data), ['next', 'sessions', 'total']);
    assert.deepEqual([data.sessions.length, data.total, data.next], [2, 2, null]);
    for (const session of data.sessions) assert.deepEqual(keys(session), sessionKeys);
    const activity = data.sessions.map((session) => session.lastActivity);
    assert.deepEqual(activity, [...activity].sort().reverse());
    assert.equal(currentOf(data.sessions).id, user.sessionId);
    assert.equal(data.sessions.filter((session) => session.current).length, 1);
    assert.ok(data.sessions.some((session) => session.id === second.sessionId));
  });

  it('sessions are listed page by page', async () => {
    const user = await server.register();
    for (let i = 0; i < 4; i += 1) await server.login(user);
    const list = async (query) => server.get(`/api/sessions${query}`, { token: user.accessToken });
    const whole = (await list('')).data.sessions.map((session) => session.id);
    assert.equal(whole.length, 5);
    const paged = [];
    for (let after = ''; after !== null;) {
      const { data } = await list(after ? `?limit=2&after=${after}` : '?limit=2');
      assert.deepEqual(keys(data), ['next', 'sessions', 'total']);
      assert.equal(data.total, 5);
      paged.push(...data.sessions.map((session) => session.id));
      after = data.next;
    }
    assert.deepEqual(paged, whole);
    assert.equal((await list('?limit=%31%30%30&color=blue')).data.sessions.length, 5, 'encoded, beside what nobody knows');

    const stranger = await server.register();
    const bad = { limit: ['', '0', '101', '-1', 'x', '%205', '1&limit=2'], after: ['', 'none', stranger.sessionId, 'x'.repeat(129), `${whole[0]}&after=${whole[1]}`] };
    for (const [field, values] of Object.entries(bad)) {
      for (const value of values) invalid(await list(`?${field}=${value}`), field);
    }
    invalid(await list('?limit'), 'limit');
  });

  it('a terminated session is refused by every route at once', async () => {
    const user = await server.register();
    const other = await server.login(user);
    assert.equal(await server.verify(other.accessToken), 200);
    const ended = await server.post('/api/sessions/terminate', { sessionId: other.sessionId }, { token: user.accessToken });
    assert.equal(ended.status, 200, ended.text);
    for (const [method, path, json] of bearerRoutes) {
      refused(await server.request(method, path, { json, token: other.accessToken }), 401, 'SESSION_TERMINATED');
    }
    refused(await server.refresh(other.refreshToken), 401, 'TOKEN_INVALID');
    assert.equal(await server.verify(user.accessToken), 200);
  });

  it('only the user\'s own live sessions can be terminated', async () => {
    const user = await server.register();
    const stranger = await server.register();
    const ended = await server.login(user);
    await server.post('/api/auth/logout', undefined, { token: ended.accessToken });
    for (const sessionId of [stranger.sessionId, ended.sessionId, 'no such session', '', 'x'.repeat(500)]) {
      const answer = await server.post('/api/sessions/terminate', { sessionId }, { token: user.accessToken });
      if (sessionId === '' && answer.status === 422) continue;
      refused(answer, 404, 'SESSION_NOT_FOUND');
    }
    assert.equal(await server.verify(stranger.accessToken), 200);
    const own = await server.post('/api/sessions/terminate', { sessionId: user.sessionId }, { token: user.accessToken });
    assert.equal(own.status, 200);
    assert.equal(await server.verify(user.accessToken), 401);
  });

  it('terminate-others ends all but this one and counts them', async () => {
    const user = await server.register();
    const others = [await server.login(user), await server.login(user)];
    const answer = await server.post('/api/sessions/terminate-others', undefined, { token: user.accessToken });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.data, { terminated: 2 });
    for (const other of others) assert.equal(await server.verify(other.accessToken), 401);
    assert.equal(await server.verify(user.accessToken), 200);
    const again = await server.post('/api/sessions/terminate-others', undefined, { token: user.accessToken });
    assert.deepEqual(again.data, { terminated: 0 });
  });

  it('activity lists the user\'s own last events, newest first', async () => {
    const user = await server.register();
    await server.post('/api/auth/login', { email: user.email, password: 'wrong password' }, { headers: { 'User-Agent': agents.firefox } });
    await server.login(user);
    await server.post('/api/auth/logout', undefined, { token: (await server.login(user)).accessToken });
    const { data } = await server.get('/api/auth/activity', { token: user.accessToken });
    for (const event of data.events) assert.deepEqual(keys(event), ['device', 'event', 'ipAddress', 'time', 'userAgent']);
    assert.deepEqual(data.events.map((event) => event.event),
      ['LOGGED_OUT', 'LOGIN_SUCCEEDED', 'LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'REGISTERED']);
    assert.equal(data.events[3].device, 'Firefox on Linux');
    assert.equal(data.events[3].ipAddress, '127.0.0.1');
    for (const event of data.events) assert.match(event.time, time);
  });

  it('health is a bare status', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await server.get(path);
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.json, { status: 'ok' });
    }
  });

  it('logging out ends this session only, clears the cookie and may be repeated', async () => {
    const user = await server.register();
    const cleared = 'refreshToken=; Path=/api; HttpOnly; Secure; SameSite=Strict; Max-Age=0';
    const ways = [
      (session) => ({ token: session.accessToken }),
      (session) => ({ cookie: session.refreshToken }),
      (session) => ({ json: { refreshToken: session.refreshToken } }),
    ];
    for (const credentials of ways) {
      const session = await server.login(user);
      for (let times = 0; times < 2; times += 1) {
        const answer = await server.request('POST', '/api/auth/logout', credentials(session));
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(answer.headers['set-cookie'], [cleared]);
      }
      assert.equal(await server.verify(session.accessToken), 401);
      refused(await server.refresh(session.refreshToken), 401, 'TOKEN_INVALID');
    }
    assert.equal(await server.verify(user.accessToken), 200);
  });

  it('logging out without any credential is 401', async () => {
    refused(await server.post('/api/auth/logout'), 401, 'TOKEN_MISSING');
  });

  it('a stored user agent is truncated to 512 bytes', async () => {
    const answer = await server.post('/api/auth/login', { email: alice.email, password: alice.password }, { headers: { 'User-Agent': 'a'.repeat(2000) } });
    assert.equal(currentOf(answer.data.sessions).userAgent, 'a'.repeat(512));
  });
});

describe('bearer tokens', () => {
  it('each route that needs one answers 401 with a challenge', async () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: alice.user.id, sessionId: alice.sessionId, iat: now - 2000, exp: now - 1000 };
    const expired = jwt.sign(claims, secret, { algorithm: 'HS256' });
    for (const [method, path, json] of bearerRoutes) {
      const missing = await server.request(method, path, { json });
      refused(missing, 401, 'TOKEN_MISSING');
      assert.match(missing.headers['www-authenticate'], /^Bearer(?!.*error)/);
      const wrong = await server.request(method, path, { json, token: `${alice.accessToken}x` });
      refused(wrong, 401, 'TOKEN_INVALID');
      assert.match(wrong.headers['www-authenticate'], /^Bearer .*error="invalid_token"/);
      const late = await server.request(method, path, { json, token: expired });
      refused(late, 401, 'TOKEN_EXPIRED');
      assert.match(late.headers['www-authenticate'], /^Bearer .*error="invalid_token"/);
    }
  });

  it('the scheme is case-insensitive, and other schemes are not a token', async () => {
    for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
      const answer = await server.get('/api/auth/verify', { headers: { Authorization: `${scheme} ${alice.accessToken}` } });
      assert.equal(answer.status, 200, scheme);
    }
    for (const value of ['Basic YTpi', `Token ${alice.accessToken}`, alice.accessToken, 'Bearer', 'Bearer ', `Bearer ${alice.accessToken} x`]) {
      const answer = await server.get('/api/auth/verify', { headers: { Authorization: value } });
      assert.equal(answer.status, 401, value);
      assert.match(answer.code, /^TOKEN_(MISSING|INVALID)$/);
    }
  });

  it('two Authorization headers are 400', async () => {
    const field = `Authorization: Bearer ${alice.accessToken}\r\n`;
    const bytes = await server.exchange(`GET /api/auth/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${field}${field}\r\n`);
    const [answer] = parseAnswers(bytes);
    checkAnswer(answer);
    refused(answer, 400, 'BAD_REQUEST');
  });

  it('a token in the query or the body is ignored', async () => {
    for (const path of ['/api/auth/me', '/api/events']) {
      refused(await server.get(`${path}?access_token=${alice.accessToken}&token=${alice.accessToken}`), 401, 'TOKEN_MISSING');
    }
    refused(await server.post('/api/sessions/terminate-others', { accessToken: alice.accessToken }), 401, 'TOKEN_MISSING');
  });
});

describe('request ids', () => {
  it('are new for each request, whatever the client sends', async () => {
    const ids = new Set();
    for (let times = 0; times < 20; times += 1) {
      ids.add((await server.get('/healthz', { headers: { 'X-Request-Id': 'mine' } })).headers['x-request-id']);
    }
    assert.equal(ids.size, 20);
    assert.ok(!ids.has('mine'));
  });
});

describe('paths and methods', () => {
  const allowed = [
    ['/api/auth/register', 'POST'], ['/api/auth/login', 'POST'], ['/api/auth/refresh', 'POST'], ['/api/auth/logout', 'POST'],
    ['/api/auth/me', 'GET'], ['/api/auth/verify', 'GET'], ['/api/auth/password', 'POST'], ['/api/sessions', 'GET'],
    ['/api/sessions/terminate', 'POST'], ['/api/sessions/terminate-others', 'POST'], ['/api/events', 'GET'],
    ['/api/auth/activity', 'GET'], ['/healthz', 'GET'], ['/readyz', 'GET'],
  ];

  it('a known path with a wrong method is 405 with Allow, and has no effect', async () => {
    const session = await server.login(alice);
    for (const [path, method] of allowed) {
      const wrong = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'].filter((name) => name !== method && !(method === 'GET' && name === 'HEAD'));
      for (const name of wrong) {
        const answer = await server.request(name, path, { token: session.accessToken, cookie: session.refreshToken });
        assert.equal(answer.status, 405, `${name} ${path}`);
        if (name !== 'HEAD') assert.equal(answer.code, 'METHOD_NOT_ALLOWED');
        const methods = answer.headers.allow.split(', ').filter((text) => text !== 'OPTIONS').sort();
        assert.deepEqual(methods, method === 'GET' ? ['GET', 'HEAD'] : ['POST'], `${name} ${path}`);
      }
    }
    assert.equal((await server.refresh(session.refreshToken)).status, 200);
  });

  it('HEAD answers where GET does, without a body', async () => {
    for (const [path, method] of allowed.filter(([, name]) => name === 'GET')) {
      const answer = await server.request('HEAD', path, { token: alice.accessToken });
      assert.equal(answer.status, 200, `${method} ${path}`);
      assert.equal(answer.text, '');
    }
  });

  it('an unknown path is 404, however similar to a known one', async () => {
    const near = ['/', '/api', '/api/', '/api/auth/login/', '/api//auth/login', '/API/auth/login', '/api/auth/Login', '/api/auth/me/..',
      '/api/auth/../auth/login', '/x/../healthz', '/healthz/', '/healthzz', '/index.html', '/.env', `/${'a'.repeat(1990)}`];
    for (const path of near) {
      for (const method of ['GET', 'POST']) refused(await server.request(method, path, { token: alice.accessToken }), 404, 'NOT_FOUND');
    }
  });

  it('a query does not change the route', async () => {
    assert.equal((await server.get('/healthz?x=1&y=%20')).status, 200);
    assert.equal((await server.get('/api/auth/me?x', { token: alice.accessToken })).status, 200);
  });
});

describe('settings with an effect on answers', () => {
  it('registration = closed answers 403', async () => {
    const closed = await start({ settings: { registration: 'closed' } });
    refused(await closed.post('/api/auth/register', { email: freshEmail(), password: goodPassword }), 403, 'REGISTRATION_CLOSED');
    assert.equal((await closed.stop()).code, 0);
  });

  it('lifetimes, cookie name and password length come from the configuration', async () => {
    const other = await start({ settings: { access_token_expiry_minutes: '2', refresh_token_expiry_days: '7', cookie_name: 'token', password_min_length: '12' } });
    const short = await other.post('/api/auth/register', { email: freshEmail(), password: 'elevenchars' });
    refused(short, 422, 'VALIDATION_FAILED');
    const answer = await other.post('/api/auth/register', { email: freshEmail(), password: goodPassword });
    assert.equal(answer.data.expiresIn, 120);
    assert.match(answer.headers['set-cookie'][0], /^token=[\w-]+; Path=\/api; HttpOnly; SameSite=Strict; Max-Age=604800$/);
    const renewed = await other.post('/api/auth/refresh', undefined, { headers: { Cookie: `a=b; token=${cookieOf(answer, 'token')}; c=d` } });
    assert.equal(renewed.status, 200);
    assert.equal((await other.stop()).code, 0);
  });

  it('the oldest session ends beyond max_sessions_per_user', async () => {
    const other = await start({ settings: { max_sessions_per_user: '2' } });
    const user = await other.register();
    const second = await other.login(user);
    const third = await other.login(user);
    assert.equal(await other.verify(user.accessToken), 401);
    assert.equal(await other.verify(second.accessToken), 200);
    assert.equal(await other.verify(third.accessToken), 200);
    const many = await Promise.all(Array.from({ length: 12 }, () => other.login(user)));
    const alive = await Promise.all(many.map((session) => other.verify(session.accessToken)));
    assert.equal(alive.filter((status) => status === 200).length, 2);
    assert.equal((await other.stop()).code, 0);
  });
});
