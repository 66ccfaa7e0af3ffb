// Behind Debian's nginx: signing in, auth_request before private pages, streams, and the client's address.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, cookieOf, currentOf } from './client.mjs';
import { startNginx } from './nginx.mjs';
import { start, within } from './server.mjs';
import { openStream } from './stream.mjs';

let server;
let proxy;

// /api/ with nginx's defaults (HTTP/1.0), /kept/api/ over keep-alive connections, /private/ after auth_request.
const configuration = (port) => `
  upstream kept { server 127.0.0.1:${server.port}; keepalive 4; }
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  server {
    listen 127.0.0.1:${port};
    location /api/ { proxy_pass http://127.0.0.1:${server.port}; }
    location /kept/ { proxy_pass http://kept/; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }
    location = /who {
      internal; proxy_pass http://127.0.0.1:${server.port}/api/auth/verify;
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }
    location /private/ {
      auth_request /who; auth_request_set $who $upstream_http_remote_user; auth_request_set $sub $upstream_http_remote_sub;
      add_header X-Who $who; add_header X-Sub $sub; root .;
    }
  }`;

/** nginx adds its name; the other rules about headers hold through it. */
class ThroughNginx extends Client {
  tolerated = ['date', 'server'];

  check(answer) {
    const { server: name, ...headers } = answer.headers;
    assert.match(name, /^nginx/);
    super.check({ ...answer, path: answer.path.replace(/^\/kept/, ''), headers });
  }

  checkStream(headers) {
    super.checkStream({ 'x-accel-buffering': 'no', ...headers });  // nginx obeys and removes it
  }
}

async function startProxy() {
  const { directory } = server;
  mkdirSync(join(directory, 'private'));
  writeFileSync(join(directory, 'private', 'page.txt'), 'for members\n');
  const { port, process } = await startNginx(directory, configuration);
  const client = new ThroughNginx();
  client.nginx = process;
  client.connectTo(port);
  return client;
}

/** A request to nginx whose answer is nginx's own: `{status, headers, text}`. */
function page(path, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port: proxy.port, path, headers, agent: false }, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      resolve({ status: response.statusCode, headers: response.headers, text });
    }).on('error', reject);
  });
}

before(async () => {
  server = await start({ settings: { trusted_proxies: '127.0.0.1', cookie_secure: 'true' } });
  proxy = await startProxy();
});
after(async () => {
  proxy.disconnect();
  proxy.nginx.child.kill('SIGTERM');
  await within(proxy.nginx.ended, 'the end of nginx');
  assert.equal((await server.stop()).code, 0);
});

describe('through nginx', () => {
  it('signs in, refreshes, lists and ends sessions over HTTP/1.0 and over keep-alive connections', async () => {
    for (const prefix of ['', '/kept']) {
      const signedUp = await proxy.post(`${prefix}/api/auth/register`, { email: `through${prefix.slice(1)}@example.org`, password: 'a fine long passphrase' });
      assert.equal(signedUp.status, 201, signedUp.text);
      assert.match(signedUp.headers['set-cookie'][0], /; Path=\/api; HttpOnly; Secure; SameSite=Strict; /);
      const browser = { headers: { Origin: `https://127.0.0.1:${proxy.port}` }, cookie: cookieOf(signedUp) };
      const renewed = await proxy.request('POST', `${prefix}/api/auth/refresh`, browser);
      assert.equal(renewed.status, 200, renewed.text);
      const token = renewed.data.accessToken;
      for (let times = 0; times < 20; times += 1) assert.equal((await proxy.get(`${prefix}/api/auth/me`, { token })).status, 200);
      assert.equal((await proxy.post(`${prefix}/api/auth/logout`, undefined, { token })).status, 200);
      assert.equal((await proxy.get(`${prefix}/api/auth/me`, { token })).code, 'SESSION_TERMINATED');
    }
  });

  it('another site\'s page may not use the cookie', async () => {
    const user = await server.register();
    const answer = await proxy.request('POST', '/api/auth/refresh', { headers: { Origin: 'https://evil.example' }, cookie: user.refreshToken });
    assert.equal(answer.code, 'ORIGIN_NOT_ALLOWED');
  });

  it('auth_request lets members in with their identity, and keeps others out', async () => {
    const user = await server.register();
    const nobody = await page('/private/page.txt');
    assert.equal(nobody.status, 401);
    assert.match(nobody.headers['www-authenticate'], /^Bearer/);
    assert.ok(!nobody.text.includes('for members'));
    const member = { Authorization: `Bearer ${user.accessToken}` };
    const shown = await page('/private/page.txt', member);
    assert.equal(shown.status, 200, shown.text);
    assert.equal(shown.text, 'for members\n');
    assert.equal(shown.headers['x-who'], user.email);
    assert.equal(shown.headers['x-sub'], user.user.id);
    await server.post('/api/auth/logout', undefined, { token: user.accessToken });
    assert.equal((await page('/private/page.txt', member)).status, 401, 'at once after logging out');
  });

  it('auth_request of a POST with a body sends a GET without one', async () => {
    const user = await server.register();
    const answer = await new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: proxy.port, path: '/private/page.txt', method: 'POST', agent: false,
        headers: { Authorization: `Bearer ${user.accessToken}`, 'Content-Length': 5 } }, resolve);
      request.on('error', reject);
      request.end('hello');
    });
    answer.resume();
    assert.equal(answer.statusCode, 405, 'let through, and then refused by nginx, which serves a file');
  });

  it('an event stream arrives unbuffered', async () => {
    for (const path of ['', '/kept']) {
      const user = await server.register();
      const stream = await openStream(Object.assign(Object.create(proxy), { prefix: path }), { token: user.accessToken });
      await stream.next('SESSIONS_UPDATED');
      const other = await server.login(user);
      assert.equal((await stream.next('SESSION_NEW')).session.id, other.sessionId);
      await server.post('/api/auth/logout', undefined, { token: user.accessToken });
      await stream.next('SESSION_TERMINATED');
      await stream.untilClosed();
    }
  });

  it('the address is the right-most one that is not a trusted proxy', async () => {
    const user = await server.register();
    // What the client claims -> what the server sees; nginx appends the address of its client.
    const table = [
      [undefined, '127.0.0.1'],
      ['203.0.113.7', '203.0.113.7'],
      ['198.51.100.1, 203.0.113.7', '203.0.113.7'],
      ['203.0.113.7, 127.0.0.1', '203.0.113.7'],
      ['2001:db8::7', '2001:db8::7'],
    ];
    for (const [claim, seen] of table) {
      const headers = claim ? { 'X-Forwarded-For': claim } : {};
      const answer = await proxy.post('/api/auth/login', { email: user.email, password: user.password }, { headers });
      assert.equal(currentOf(answer.data.sessions).ipAddress, seen, claim);
    }
    for (const claim of ['rubbish', '', ',', '203.0.113.7, rubbish', '1.2.3.4.5', '203.0.113.7:443']) {
      const answer = await proxy.post('/api/auth/login', { email: user.email, password: user.password }, { headers: { 'X-Forwarded-For': claim } });
      assert.equal(answer.status, 200, answer.text);
      assert.match(currentOf(answer.data.sessions).ipAddress, /^(127\.0\.0\.1|203\.0\.113\.7)$/, claim);
    }
  });

  it('a client that is not a trusted proxy cannot choose its address', async () => {
    const strict = await start({ settings: { trusted_proxies: '192.0.2.0/24, 2001:db8::/32' } });
    const user = await strict.register();
    const { data } = await strict.post('/api/auth/login', { email: user.email, password: user.password }, { headers: { 'X-Forwarded-For': '203.0.113.7' } });
    assert.equal(currentOf(data.sessions).ipAddress, '127.0.0.1');
    assert.equal((await strict.stop()).code, 0);
  });
});
