// Rate limits, as clients of a running server meet them: its own defaults, its own clock, real connections.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { start, until } from './server.mjs';

let server;
before(async () => {
  server = await start({ settings: { rate_limits: 'on', trusted_proxies: '127.0.0.1' } });
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

const from = (address) => ({ headers: { 'X-Forwarded-For': address } });
const login = (user, password, address) => server.post('/api/auth/login', { email: user.email, password }, from(address));
const countOf = (answers, status) => answers.filter((answer) => answer.status === status).length;

describe('rate limits', () => {
  it('look at ten of 256 parallel wrong passwords, and refuse the right one like a wrong one', async () => {
    const user = await server.register();
    const address = '203.0.113.7';
    const answers = await Promise.all(Array.from({ length: 256 }, () => login(user, 'not the password', address)));
    assert.equal(countOf(answers, 401), 10);
    assert.equal(countOf(answers, 429) + countOf(answers, 503), 246); // 503: more at once than wait for a thread

    const wrong = await login(user, 'not the password', address);
    const right = await login(user, user.password, address);
    assert.equal(right.status, 429);
    assert.equal(right.text, wrong.text);
    assert.ok(Number(right.headers['retry-after']) >= 1 && Number(right.headers['retry-after']) <= 30);

    assert.equal((await login(user, user.password, '203.0.113.8')).status, 200);
    assert.equal(await server.verify(user.accessToken), 200);
    assert.equal((await server.refresh(user.refreshToken)).status, 200);
    await until(() => /login_limited code=RATE_LIMITED .*ip=203\.0\.113\.7/.test(server.process.stderr), 'word of it in the log');
  });

  it('count a spray over many accounts by address, an IPv6 /64 as one', async () => {
    const spray = (number) => login({ email: `nobody${number}@example.org` }, 'Password1', `2001:db8:1:2::${number.toString(16)}`);
    const answers = [];
    for (let number = 1; number <= 70; number += 1) answers.push(await spray(number));
    assert.equal(countOf(answers, 401), 60);
    assert.equal(countOf(answers, 429), 10);
  });

  it('are forgotten at a restart', async () => {
    const user = await server.register();
    const before = await Promise.all(Array.from({ length: 11 }, () => login(user, 'not the password', '198.51.100.7')));
    assert.equal(countOf(before, 429), 1);
    assert.equal((await server.stop()).code, 0);
    server = await start({ settings: null, directory: server.directory });
    assert.equal((await login(user, user.password, '198.51.100.7')).status, 200);
  });
});
