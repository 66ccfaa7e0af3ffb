// Too many connections, sign-ins, unread bytes and files; and clients that are slow on purpose.
import assert from 'node:assert/strict';
import { readFileSync, renameSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { checkAnswer, cookieOf, freshEmail, goodPassword, parseAnswers } from './client.mjs';
import { start, until, within } from './server.mjs';

let server;
let user;
before(async () => {
  server = await start();
  user = await server.register();
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

const healthy = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const residentMegabytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]) / 1024;

async function servesOthers() {
  const begin = performance.now();
  assert.equal((await server.get('/healthz', { agent: false })).status, 200);
  assert.ok(performance.now() - begin < 1000, 'the next client is served within a second');
}

describe('many connections', () => {
  it('2,000 clients that connect and reset do no harm', async () => {
    for (let round = 0; round < 40; round += 1) {
      const sockets = await Promise.all(Array.from({ length: 50 }, () => server.connect()));
      for (const socket of sockets) socket.resetAndDestroy();
    }
    await servesOthers();
  });

  it('500 idle connections keep nobody waiting', async () => {
    const sockets = await Promise.all(Array.from({ length: 500 }, () => server.connect()));
    sockets.forEach((socket, at) => at % 2 && socket.write('GET /healthz HTTP/1.1\r\nHo'));
    for (let times = 0; times < 20; times += 1) assert.equal((await server.get('/healthz', { agent: false })).status, 200);
    await server.login(user);
    for (const socket of sockets) socket.destroy();
  });

  it('without free descriptors clients are refused or wait, and afterwards the server recovers', async () => {
    const poor = await start({ through: ['prlimit', '--nofile=64'] });
    const sockets = await Promise.all(Array.from({ length: 150 }, () => poor.connect().catch(() => null)));
    for (const socket of sockets) socket?.write(healthy);
    await until(() => sockets.filter((socket) => socket?.received.includes('{"status":"ok"}')).length > 5, 'some answers');
    for (const socket of sockets) socket?.destroy();
    await until(() => poor.get('/healthz', { agent: false }).then((answer) => answer.status === 200, () => false), 'an answer afterwards');
    const session = await poor.register();
    assert.equal((await poor.refresh(session.refreshToken)).status, 200);
    assert.equal((await poor.stop()).code, 0);
  });

  it('at max_connections, all in use, a further client gets 503 and is closed, until there is room again', async () => {
    const small = await start({ settings: { max_connections: '16', max_connections_per_address: '16' } });
    const held = await Promise.all(Array.from({ length: 16 }, () => small.connect()));
    for (const socket of held) socket.write('GET /healthz HTTP/1.1\r\nHo');
    await until(async () => {
      const socket = await small.connect();
      socket.write(healthy);
      await within(socket.finished, 'the refusal');
      const [answer] = parseAnswers(socket.received);
      checkAnswer(answer);
      return answer.json.code === 'SERVER_BUSY';
    }, 'a refusal at the cap');
    for (const socket of held) socket.destroy();
    await until(() => small.get('/healthz', { agent: false }).then((answer) => answer.status === 200, () => false), 'room for a client');
    assert.equal((await small.stop()).code, 0);
  });
});

describe('one client among others', () => {
  it('an address that has used its share gets 503, and others are served', async () => {
    const shared = await start({ settings: { max_connections: '16' } });  // a quarter is 4
    const held = await Promise.all(Array.from({ length: 4 }, () => shared.connect()));
    for (const socket of held) socket.write('GET /healthz HTTP/1.1\r\nHo');
    const refused = await shared.connect();
    refused.write(healthy);
    await within(refused.finished, 'the refusal');
    const [answer] = parseAnswers(refused.received);
    checkAnswer(answer);
    assert.equal(answer.json.code, 'SERVER_BUSY');
    const elsewhere = new http.Agent({ localAddress: '127.0.0.2' });
    assert.equal((await shared.get('/healthz', { agent: elsewhere })).status, 200);
    elsewhere.destroy();
    for (const socket of held) socket.destroy();
    assert.equal((await shared.stop()).code, 0);
  });

  it('a trusted proxy may hold more than a share', async () => {
    const proxied = await start({ settings: { max_connections: '16', trusted_proxies: '127.0.0.1' } });
    const held = await Promise.all(Array.from({ length: 12 }, () => proxied.connect()));
    for (const socket of held) socket.write('GET /healthz HTTP/1.1\r\nHo');
    assert.equal((await proxied.get('/healthz', { agent: false })).status, 200);
    for (const socket of held) socket.destroy();
    assert.equal((await proxied.stop()).code, 0);
  });
});

describe('many sign-ins', () => {
  it('100 at once: each is served or gets 503, and tokens are verified meanwhile', async () => {
    let waiting = 100;
    const logins = Promise.all(Array.from({ length: waiting }, async () => {
      const answer = await server.post('/api/auth/login', { email: user.email, password: user.password }, { agent: false });
      waiting -= 1;
      return answer;
    }));
    let verified = 0;
    while (waiting > 0) {
      const begin = performance.now();
      assert.equal(await server.verify(user.accessToken), 200);
      assert.ok(performance.now() - begin < 1000, 'a token is verified within a second');
      verified += 1;
    }
    assert.ok(verified >= 10, `verified ${verified} times`);
    const answers = await logins;
    for (const answer of answers) assert.ok(answer.status === 200 || answer.code === 'SERVER_BUSY', answer.text);
    assert.ok(answers.some((answer) => answer.status === 200));
    assert.ok(residentMegabytes() < 100);
  });

  it('of 16 registrations of one address exactly one succeeds', async () => {
    const email = freshEmail();
    const answers = await Promise.all(Array.from({ length: 16 }, () => server.post('/api/auth/register', { email, password: goodPassword })));
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
    for (const answer of answers.filter(({ status }) => status !== 201)) assert.ok(['EMAIL_TAKEN', 'SERVER_BUSY'].includes(answer.code), answer.text);
  });

  it('a session that 16 requests end at once ends once', async () => {
    const session = await server.login(user);
    const end = () => server.post('/api/sessions/terminate', { sessionId: session.sessionId }, { token: user.accessToken });
    const answers = await Promise.all(Array.from({ length: 16 }, end));
    assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
    for (const answer of answers.filter(({ status }) => status !== 200)) assert.equal(answer.code, 'SESSION_NOT_FOUND');
  });

  it('unknown user, disabled user and wrong password take the same time', async () => {
    const disabled = await server.register();
    await server.command(['user', 'disable', disabled.email]);
    const kinds = { wrong: [user.email, 'not the password'], unknown: [freshEmail(), goodPassword], disabled: [disabled.email, goodPassword],
      empty: [user.email, ''], long: [user.email, 'x'.repeat(100)] };
    const fastest = {};
    for (let round = 0; round < 8; round += 1) {
      for (const [kind, [email, password]] of Object.entries(kinds)) {
        const begin = performance.now();
        assert.equal((await server.post('/api/auth/login', { email, password })).status, 401);
        fastest[kind] = Math.min(fastest[kind] ?? Infinity, performance.now() - begin);
      }
    }
    // A loose bound, for busy machines: without hashing it would be twenty times faster.
    const times = Object.values(fastest);
    assert.ok(Math.min(...times) > Math.max(...times) / 4, JSON.stringify(fastest));
  });
});

describe('many calls to /readyz', () => {
  it('cost one write a second in all, and refreshes continue meanwhile', async () => {
    const asked = await start({ settings: { metrics_listen: '127.0.0.1:0' } });
    const [, address] = await until(() => /metrics_listening address=(\S+)/.exec(asked.process.stderr), 'the address of the metrics');
    const writes = async () => Number(/^auth_server_commit_writes_sum (\d+)/m.exec(await (await fetch(`http://${address}/metrics`)).text())[1]);
    const session = await asked.register();
    // Events recorded in the background are written soon after the answer.
    let [last, since] = [await writes(), performance.now()];
    await until(async () => {
      const now = await writes();
      if (now !== last) [last, since] = [now, performance.now()];
      return performance.now() - since > 1500;
    }, 'the last writes of the registration');

    let isOn = true;
    const statuses = [];
    const begin = performance.now();
    const callers = Array.from({ length: 50 }, async () => {
      while (isOn) statuses.push((await asked.get('/readyz')).status);
    });
    await until(() => performance.now() - begin > 3000, 'three seconds of calls');
    const probes = await writes() - last;
    const seconds = (performance.now() - begin) / 1000;
    let { refreshToken } = session;
    for (let times = 0; times < 20; times += 1) {
      const answer = await asked.refresh(refreshToken);
      assert.equal(answer.status, 200);
      refreshToken = cookieOf(answer);
    }
    isOn = false;
    await Promise.all(callers);
    assert.ok(statuses.length > 500 && statuses.every((status) => status === 200), `${statuses.length} calls`);
    assert.ok(probes >= 1 && probes <= seconds + 1, `${probes} writes in ${seconds} s for ${statuses.length} calls`);
    assert.equal((await asked.stop()).code, 0);
  });
});

describe('slow clients', () => {
  it('a client that sends requests and reads no answers costs little memory and delays nobody', async () => {
    const before = residentMegabytes();
    const socket = await server.connect();
    socket.pause();
    const many = healthy.repeat(2000);
    for (let times = 0; times < 200; times += 1) socket.write(many);
    for (let times = 0; times < 20; times += 1) await servesOthers();
    assert.ok(residentMegabytes() < before + 16);
    socket.destroy();
    await servesOthers();
  });

  it('a header sent byte by byte is cut off after 10 s in total, while others are served', async () => {
    const socket = await server.connect();
    const begin = performance.now();
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nA: ');
    const drip = setInterval(() => socket.write('b'), 200);
    try {
      await until(async () => {
        assert.equal((await server.get('/healthz')).status, 200);
        return socket.readableEnded || socket.destroyed;
      }, 'the end of the slow connection', 14_000);
    } finally {
      clearInterval(drip);
    }
    assert.ok(performance.now() - begin > 8000, 'not before its time');
  });
});

describe('an outage', () => {
  it('a database that is moved away is 503 until it is back, and no session is lost', async () => {
    const [here, away] = ['auth.db', 'away.db'].map((name) => join(server.directory, name));
    const session = await server.login(user);
    renameSync(here, away);
    try {
      await until(async () => (await server.get('/readyz')).status === 503, 'not being ready', 3000);
      assert.equal((await server.get('/healthz')).status, 200);
      const refused = [await server.post('/api/auth/register', { email: freshEmail(), password: goodPassword }), await server.refresh(session.refreshToken),
        await server.post('/api/auth/logout', undefined, { token: session.accessToken }),
        await server.post('/api/sessions/terminate', { sessionId: session.sessionId }, { token: user.accessToken })];
      for (const answer of refused) {
        assert.equal(answer.status, 503, answer.text);
        assert.equal(answer.code, 'STORE_UNAVAILABLE');
        assert.doesNotMatch(answer.text, /auth\.db|sqlite/i);
        assert.equal(answer.headers['set-cookie'], undefined);
      }
    } finally {
      renameSync(away, here);
    }
    await until(async () => (await server.get('/readyz')).status === 200, 'being ready again', 3000);
    assert.equal((await server.refresh(session.refreshToken)).status, 200);
  });
});
