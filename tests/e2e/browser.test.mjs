// A real browser on a page of a small app: it loads cookies from the stub and stays signed in.
import assert from 'node:assert/strict';
import http from 'node:http';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { startStub } from './stub.mjs';

const ada = 'ada@example.org';
const page = `<!doctype html><title>Notebook</title><p id="who">...</p><script>
  const show = (text) => { document.getElementById('who').textContent = text; };
  async function load() {
    const refresh = await (await fetch('/api/auth/refresh', { method: 'POST' })).json();
    if (!refresh.success) return show(refresh.code);
    const me = await (await fetch('/api/auth/me', { headers: { Authorization: 'Bearer ' + refresh.data.accessToken } })).json();
    show(me.success ? me.data.user.email : me.code);
  }
  load().catch((failure) => show(String(failure)));
</script>`;

/** The app: its page, and the stub under /api on the same origin, as behind a proxy in production. */
async function startApp(stub) {
  const app = http.createServer((request, response) => {
    if (!request.url.startsWith('/api/')) return response.setHeader('Content-Type', 'text/html').end(page);
    const onward = http.request({ host: '127.0.0.1', port: stub.port, method: request.method, path: request.url, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    return request.pipe(onward);
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  return app;
}

describe('a browser with cookies from the stub', () => {
  let stub, app, browser;
  before(async () => {
    stub = await startStub({ seed: { users: [{ email: ada }] } });
    app = await startApp(stub);
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  });
  after(async () => {
    await browser?.close();
    app?.close();
    app?.closeAllConnections();
    assert.equal((await stub.end()).code, 0);
  });

  const shown = async (tab) => {
    await tab.waitForFunction(() => document.getElementById('who').textContent !== '...');
    return tab.textContent('#who');
  };
  const open = async (storageState) => {
    const context = await browser.newContext({ storageState });
    const tab = await context.newPage();
    await tab.goto(`http://127.0.0.1:${app.address().port}/`);
    return tab;
  };

  it('is signed in, and still is after a day', async () => {
    await stub.control('POST', 'reset');
    const tab = await open(await stub.control('POST', 'cookies', { user: ada }));
    assert.equal(await shown(tab), ada);
    await stub.control('PUT', 'clock', { advanceSeconds: 86_400 });
    await tab.reload();
    assert.equal(await shown(tab), ada);
    const [cookie] = await tab.context().cookies();
    assert.deepEqual([cookie.name, cookie.path, cookie.httpOnly, cookie.sameSite], ['refreshToken', '/api', true, 'Strict']);
    const { requests } = await stub.control('GET', 'requests?path=/api/auth/refresh');
    assert.deepEqual(requests.map(({ status }) => status), [200, 200]);
    await tab.context().close();
  });

  it('is signed out once the session has expired', async () => {
    await stub.control('POST', 'reset');
    const tab = await open(await stub.control('POST', 'cookies', { user: ada }));
    assert.equal(await shown(tab), ada);
    await stub.control('PUT', 'clock', { advanceSeconds: 31 * 86_400 });
    await tab.reload();
    assert.equal(await shown(tab), 'TOKEN_EXPIRED');
    await tab.context().close();
  });

  it('can reload a saved state repeatedly while rotation is off', async () => {
    await stub.control('POST', 'reset');
    await stub.control('PUT', 'rotation', { enabled: false });
    const saved = await stub.control('POST', 'cookies', { user: ada });
    for (let i = 0; i < 2; ++i) {
      const tab = await open(saved);
      assert.equal(await shown(tab), ada);
      await tab.context().close();
    }
  });
});
