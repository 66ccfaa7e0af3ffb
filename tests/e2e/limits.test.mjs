// Rate limits of a running server with its defaults, the real clock and real connections.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { cookieOf } from './client.mjs';
import { start, until } from './server.mjs';

let server;
before(async () => {
  server = await start({ settings: { rate_limits: 'on', trusted_proxies: '127.0.0.1' } });
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

const from = (address) => ({ headers: { 'X-Forwarded-For': address } });
const login = (user, password, address, cookie) => server.post('/api/auth/login', { email: user.email, password },
  { headers: { 'X-Forwarded-For': address, ...(cookie && { Cookie: `device=${cookie}` }) } });
/** Repeats while the server is busy, as clients are told to: nothing has been decided. */
async function decided(attempt) {
  for (let times = 0; times < 50; times += 1) {
    const answer = await attempt();
    if (answer.status !== 503) return answer;
  }
  assert.fail('the server was busy fifty times');
}
const countOf = (answers, status) => answers.filter((answer) => answer.status === status).length;

/** Calls `ask` repeatedly on so many connections at once until `stop()`, which resolves with all answers. */
function flood(connections, ask) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const answers = [];
  let isOn = true;
  const loops = Array.from({ length: connections }, async () => {
    while (isOn) await ask(agent).then((answer) => answers.push(answer), () => {}); // closed behind an earlier refusal
  });
  return {
    async stop() {
      isOn = false;
      await Promise.all(loops);
      agent.destroy();
      return answers;
    },
  };
}

describe('rate limits', () => {
  it('check ten of 256 parallel wrong passwords, and refuse the right one like a wrong one', async () => {
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

  it('count attempts on many accounts by address, an IPv6 /64 as one', async () => {
    const spray = (number) => login({ email: `nobody${number}@example.org` }, 'Password1', `2001:db8:1:2::${number.toString(16)}`);
    const answers = [];
    for (let number = 1; number <= 70; number += 1) answers.push(await spray(number));
    assert.equal(countOf(answers, 401), 60);
    assert.equal(countOf(answers, 429), 10);
  });

  it('apply before a login waits: a flood that they refuse takes no waiting places', async () => {
    const user = await server.register();
    let number = 0;
    const guess = (agent) => {
      number += 1;
      return server.post('/api/auth/login', { email: `guess${number}@example.org`, password: 'not the password' },
        { headers: { 'X-Forwarded-For': '203.0.113.66' }, agent });
    };
    const guesses = flood(128, guess);
    const others = [];
    for (let round = 0; round < 8; round += 1) {
      const three = [1, 2, 3].map((other) => login(user, user.password, `198.51.100.${round * 3 + other}`));
      others.push(...await Promise.all(three));
    }
    const answers = await guesses.stop();
    assert.ok(countOf(answers, 429) > 500, `${countOf(answers, 429)} were refused by the limit`);
    assert.equal(countOf(others, 200), 24, `${countOf(others, 503)} of 24 others got 503`);
  });

  it('let the owner in from a known address or browser when strangers have used up the limit', async () => {
    const home = '203.0.113.40';
    const registered = await server.post('/api/auth/register', { email: 'owner@example.org', password: 'a fine long passphrase' }, from(home));
    const device = cookieOf(registered, 'device');
    const user = { email: 'owner@example.org' };
    const guesses = await Promise.all(Array.from({ length: 10 }, async (_, address) => {
      const answers = [];
      for (let times = 0; times < 10; times += 1) answers.push(await decided(() => login(user, 'not the password', `198.51.100.${100 + address}`)));
      return answers;
    }));
    assert.equal(countOf(guesses.flat(), 401), 100);

    const right = 'a fine long passphrase';
    const stranger = await login(user, right, '192.0.2.44');
    assert.equal(stranger.status, 429);
    assert.equal((await login(user, right, home)).status, 200);
    assert.equal((await login(user, right, '192.0.2.45', device)).status, 200);
    const forged = `${device.slice(0, -1)}${device.at(-1) === 'A' ? 'E' : 'A'}`;
    const foreign = cookieOf(await server.post('/api/auth/register', { email: 'eve@example.org', password: right }, from(home)), 'device');
    for (const cookie of [forged, foreign, `${device}; device=${device}`, 'x']) {
      const answer = await login(user, right, '192.0.2.46', cookie);
      assert.deepEqual([answer.status, answer.text], [429, stranger.text]);
    }

    const stolen = await Promise.all(Array.from({ length: 40 }, (_, at) => decided(() => login(user, 'not the password', `192.0.2.${100 + at}`, device))));
    assert.equal(countOf(stolen, 401), 10);
    assert.equal((await server.run(['user', 'passwd', user.email], { input: 'another long passphrase\n' })).code, 0);
    const later = await login(user, 'another long passphrase', '192.0.2.47', device);
    assert.equal(later.status, 429, 'a reset makes the cookie void');
    assert.equal((await login(user, 'another long passphrase', home)).status, 200);
  });

  it('count password changes, successful or not, and wrong current passwords', async () => {
    const user = await server.register();
    const change = (current) => server.post('/api/auth/password', { currentPassword: current, newPassword: 'another long passphrase' },
      { token: user.accessToken, ...from(`198.51.100.${160 + (made % 8)}`) });
    let made = 0;
    const answers = [];
    for (; made < 12; made += 1) answers.push(await change('not the password'));
    for (; made < 30; made += 1) answers.push(await server.changePassword(user, `a fine long passphrase ${made}`));
    assert.deepEqual(['422', '200', '429'].map((status) => countOf(answers, Number(status))), [12, 8, 10]);
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
