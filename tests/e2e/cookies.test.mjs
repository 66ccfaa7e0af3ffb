// The refresh cookie in curl's cookie jar, the origins that may use it, and CORS.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkAnswer, cookieOf, parseAnswers } from './client.mjs';
import { cookiesIn, curl } from './curl.mjs';
import { start, temporaryDirectory } from './server.mjs';

let server;
let user;
const directory = temporaryDirectory();
before(async () => {
  server = await start({ settings: { allowed_origins: 'https://app.example.org, http://localhost:5173' } });
  user = await server.register();
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

const jar = ['--cookie', 'jar', '--cookie-jar', 'jar'];
const refreshFirst = (cookies) => cookies.toSorted((a, b) => b.name.localeCompare(a.name));
const inJar = () => cookiesIn(readFileSync(join(directory, 'jar'), 'utf8'));
const post = (path, ...args) => curl(directory, ['-X', 'POST', ...jar, ...args, `${server.url}${path}`]);
const credentials = () => ['-H', 'Content-Type: application/json', '-d', JSON.stringify({ email: user.email, password: user.password })];

describe('curl with a cookie jar', () => {
  it('signs in, refreshes, lists its sessions and logs out', async () => {
    const signedIn = await post('/api/auth/login', ...credentials());
    assert.equal(signedIn.status, 200);
    const [cookie, device] = refreshFirst(inJar());
    assert.equal(inJar().length, 2);
    assert.deepEqual({ ...cookie, value: '' }, { domain: '127.0.0.1', httpOnly: true, path: '/api', secure: false, name: 'refreshToken', value: '' });
    assert.deepEqual({ ...device, value: '' }, { domain: '127.0.0.1', httpOnly: true, path: '/api/auth/login', secure: false, name: 'device', value: '' });

    const renewed = await post('/api/auth/refresh');
    assert.equal(renewed.status, 200, renewed.text);
    assert.notEqual(refreshFirst(inJar())[0].value, cookie.value);
    assert.equal(refreshFirst(inJar())[1].value, device.value);
    const bearer = ['-H', `Authorization: Bearer ${renewed.json.data.accessToken}`];
    const devices = await curl(directory, [...bearer, `${server.url}/api/sessions`]);
    const current = devices.json.data.sessions.find((session) => session.current);
    assert.match(current.userAgent, /^curl\//);
    assert.match(current.device, /curl/i);

    assert.equal((await post('/api/auth/logout')).status, 200);
    assert.deepEqual(inJar(), [device], 'the jar dropped the refresh cookie');
    assert.equal((await curl(directory, [...bearer, `${server.url}/api/auth/me`])).json.code, 'SESSION_TERMINATED');
    assert.equal((await post('/api/auth/refresh')).json.code, 'TOKEN_MISSING');
  });

  it('sends an empty -d and a body with Expect, and both are read', async () => {
    const signedIn = await curl(directory, ['-X', 'POST', ...credentials(), '-H', 'Expect: 100-continue', `${server.url}/api/auth/login`]);
    assert.equal(signedIn.status, 200);
    const cookie = cookieOf(signedIn);
    const out = await curl(directory, ['-d', '', '-b', `refreshToken=${cookie}`, `${server.url}/api/auth/logout`]);
    assert.equal(out.status, 200, out.text);
  });

  it('speaks HTTP/1.0', async () => {
    const answer = await curl(directory, ['--http1.0', ...credentials(), `${server.url}/api/auth/login`]);
    assert.equal(answer.status, 200);
  });
});

describe('the cookie', () => {
  it('is Secure unless the configuration says otherwise, and the log warns then', async () => {
    const secure = await start({ settings: { cookie_secure: 'true' } });
    const answer = await secure.post('/api/auth/register', { email: 'a@example.org', password: user.password });
    assert.match(answer.headers['set-cookie'][0], /; Path=\/api; HttpOnly; Secure; SameSite=Strict; Max-Age=2592000$/);
    assert.match(answer.headers['set-cookie'][1], /^device=.*; Path=\/api\/auth\/login; HttpOnly; Secure; SameSite=Strict; Max-Age=31536000$/);
    assert.doesNotMatch((await secure.stop()).stderr, /cookie_secure/);
    assert.match(server.process.stderr + server.process.stdout, /cookie_secure|Secure/);
  });

  it('twice in one request is 400 and changes nothing', async () => {
    const session = await server.login(user);
    const other = await server.login(user);
    const mine = `refreshToken=${session.refreshToken}`;
    for (const fields of [`Cookie: ${mine}; refreshToken=${other.refreshToken}\r\n`, `Cookie: ${mine}; a=b; ${mine}\r\n`, `Cookie: refreshToken=; ${mine}\r\n`,
      `Cookie: ${mine}\r\nCookie: ${mine}\r\n`]) {
      for (const path of ['POST /api/auth/refresh', 'POST /api/auth/logout', 'GET /api/events']) {
        const [answer] = parseAnswers(await server.exchange(`${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${fields}\r\n`));
        checkAnswer(answer);
        assert.equal(answer.status, 400, `${path} ${fields}`);
      }
    }
    assert.equal((await server.refresh(session.refreshToken)).status, 200);
    assert.equal((await server.refresh(other.refreshToken)).status, 200);
  });

  it('is found among other cookies, and only under its exact name', async () => {
    const session = await server.login(user);
    for (const name of ['RefreshToken', 'xrefreshToken', 'refreshTokenx', ' refresh Token', '__Host-refreshToken']) {
      const answer = await server.request('POST', '/api/auth/refresh', { headers: { Cookie: `${name}=${session.refreshToken}` } });
      assert.equal(answer.code, 'TOKEN_MISSING', name);
    }
    const answer = await server.request('POST', '/api/auth/refresh', { headers: { Cookie: `a=1; b="x;y"; refreshToken=${session.refreshToken}; c=` } });
    assert.equal(answer.status, 200);
  });

  it('is a different value when percent-encoded or quoted', async () => {
    const session = await server.login(user);
    const encoded = `%${session.refreshToken.charCodeAt(0).toString(16)}${session.refreshToken.slice(1)}`;
    const answer = await server.request('POST', '/api/auth/refresh', { headers: { Cookie: `refreshToken=${encoded}` } });
    assert.ok([400, 401].includes(answer.status), answer.text);
    assert.notEqual(answer.code, 'TOKEN_REUSE_DETECTED');
    assert.equal(await server.verify(session.accessToken), 200);
  });
});

describe('origins', () => {
  // [header fields of the browser, whether the cookie is accepted]; Host is that of the server under test.
  const table = [
    [[], true],
    [['Origin: https://app.example.org'], true],
    [['Origin: https://app.example.org', 'Sec-Fetch-Site: cross-site'], true],
    [['Sec-Fetch-Site: same-origin'], true],
    [['Sec-Fetch-Site: none'], true],
    [['Sec-Fetch-Site: same-site'], false],
    [['Sec-Fetch-Site: cross-site'], false],
    [['Sec-Fetch-Site: something'], false],
    [['Sec-Fetch-Site;'], false],
    [['Origin: http://HOST', 'Sec-Fetch-Site: cross-site'], false],
    [['Origin: http://HOST', 'Sec-Fetch-Site: same-site'], false],
    [['Origin: https://evil.example', 'Sec-Fetch-Site: same-origin'], true],
    [['Origin: http://HOST'], true],
    [['Origin: https://HOST'], true],
    [['Origin: https://evil.example'], false],
    [['Origin: null'], false],
    [['Origin: http://127.0.0.1'], false],
    [['Origin: http://127.0.0.1:1'], false],
    [['Origin: http://HOST.evil.example'], false],
    [['Origin: http://evil.example#HOST'], false],
    [['Origin: http://x@HOST'], false],
    [['Origin: HOST'], false],
    [['Origin: http://HOST/'], false],
    [['Origin: https://APP.example.org'], false],
    [['Origin: http://app.example.org'], false],
    [['Origin: https://app.example.org.evil.example'], false],
    [['Origin: https://app.example.org:444'], false],
    [['Origin: https://auth.example.org', 'Host: auth.example.org'], true],
    [['Origin: https://auth.example.org', 'Host: auth.example.org:443'], true],
    [['Origin: http://auth.example.org:8080', 'Host: auth.example.org'], false],
  ];
  const fields = (lines) => lines.flatMap((line) => ['-H', line.replaceAll('HOST', `127.0.0.1:${server.port}`)]);

  for (const [lines, allowed] of table) {
    it(`${lines.join(', ') || 'neither header'}: ${allowed ? 'passes' : 'refused'}`, async () => {
      const session = await server.login(user);
      const cookie = ['-b', `refreshToken=${session.refreshToken}`, ...fields(lines)];
      const answer = await curl(directory, ['-X', 'POST', ...cookie, `${server.url}/api/auth/refresh`]);
      if (allowed) {
        assert.equal(answer.status, 200, answer.text);
        return;
      }
      assert.equal(answer.status, 403, answer.text);
      assert.equal(answer.json.code, 'ORIGIN_NOT_ALLOWED');
      assert.match(answer.json.error, /allowed_origins/);
      const origin = lines.find((line) => line.startsWith('Origin: '))?.slice(8).replaceAll('HOST', `127.0.0.1:${server.port}`);
      if (origin) assert.ok(answer.json.error.includes(origin), answer.json.error);
      assert.equal(answer.headers['set-cookie'], undefined);
      const logout = await curl(directory, ['-X', 'POST', ...cookie, `${server.url}/api/auth/logout`]);
      assert.equal(logout.status, 403);
      const events = await curl(directory, [...cookie, `${server.url}/api/events`]);
      assert.equal(events.status, 403);
      assert.equal((await server.refresh(session.refreshToken)).status, 200, 'nothing was rotated or ended');
    });
  }

  it('do not matter if the cookie does not authenticate the request', async () => {
    const evil = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
    const session = await server.login(user, { headers: evil });
    assert.equal((await server.get('/api/auth/me', { token: session.accessToken, headers: evil })).status, 200);
    const renewed = await server.post('/api/auth/refresh', { refreshToken: session.refreshToken }, { headers: evil });
    assert.equal(renewed.status, 200, renewed.text);
    assert.equal((await server.post('/api/auth/logout', undefined, { token: renewed.data.accessToken, headers: evil })).status, 200);
  });
});

describe('CORS', () => {
  const preflight = (origin) => server.request('OPTIONS', '/api/auth/login', {
    headers: { Origin: origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization, content-type' },
  });
  const corsFields = (answer) => Object.keys(answer.headers).filter((name) => name.startsWith('access-control-'));

  it('a listed origin is echoed exactly, with credentials and Vary', async () => {
    for (const origin of ['https://app.example.org', 'http://localhost:5173']) {
      const answer = await preflight(origin);
      assert.equal(answer.status, 204);
      assert.equal(answer.headers['access-control-allow-origin'], origin);
      assert.equal(answer.headers['access-control-allow-credentials'], 'true');
      assert.match(answer.headers['access-control-allow-methods'], /\bPOST\b/);
      assert.match(answer.headers['access-control-allow-headers'].toLowerCase(), /authorization/);
      assert.match(answer.headers['access-control-allow-headers'].toLowerCase(), /content-type/);
      assert.match(answer.headers.vary, /\bOrigin\b/);
      for (const path of ['/healthz', '/api/auth/me']) {
        const plain = await server.get(path, { headers: { Origin: origin } });
        assert.equal(plain.headers['access-control-allow-origin'], origin);
        assert.equal(plain.headers['access-control-allow-credentials'], 'true');
        assert.match(plain.headers.vary, /\bOrigin\b/);
      }
    }
  });

  it('any other origin gets no CORS header', async () => {
    const others = ['https://evil.example', 'null', 'http://app.example.org', 'https://app.example.org:8443', 'https://app.example.org.evil.example',
      'https://evilapp.example.org', 'https://APP.example.org', 'https://app.example.org/', 'https://app.example.or', 'https://sub.app.example.org', '*', ''];
    for (const origin of others) {
      const answer = await preflight(origin);
      assert.ok(answer.status === 204 || answer.status === 405, `${origin} ${answer.status}`);
      assert.deepEqual(corsFields(answer), [], origin);
      const plain = await server.get('/healthz', { headers: { Origin: origin } });
      assert.equal(plain.status, 200);
      assert.deepEqual(corsFields(plain), [], origin);
    }
  });
});
