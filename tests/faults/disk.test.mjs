// Tests a server whose disk is full, read-only or locked, or whose database file is removed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { launch, run, start, until, within } from '../e2e/server.mjs';

/** Makes file permissions apply even to root. */
const obedient = { through: process.getuid() === 0 ? ['setpriv', '--bounding-set=-all', '--inh-caps=-all'] : [] };

/** A limit on file sizes acts like a full disk and needs no privileges. */
function limitFiles(server, bytes) {
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);
}

async function assertOutage(server, { refreshToken }) {
  for (const answer of [await server.post('/api/auth/refresh', { refreshToken }),
    await server.post('/api/auth/register', { email: 'nobody@example.org', password: 'a fine long passphrase' })]) {
    assert.deepEqual([answer.status, answer.code], [503, 'STORE_UNAVAILABLE'], answer.text);
  }
  await becomes(server, 503);
  assert.equal((await server.get('/healthz')).status, 200);
}

/** The result of a probe is valid for a second. */
function becomes(server, readiness) {
  return until(async () => (await server.get('/readyz')).status === readiness, `/readyz says ${readiness}`, 2500);
}

/** Checks that the server recovers by itself, and that everything answered before and after survives kill -9. */
async function assertRecovered(server, user) {
  await becomes(server, 200);
  const { data } = await server.post('/api/auth/refresh', { refreshToken: user.refreshToken });
  await server.kill();
  const again = await start({ directory: server.directory });
  assert.equal(await again.verify(user.accessToken), 200);
  assert.equal((await again.post('/api/auth/refresh', { refreshToken: data.refreshToken })).status, 200);
  assert.equal((await again.login({ email: user.email, password: user.password })).user.email, user.email);
  assert.equal((await again.stop()).code, 0);
}

it('a full disk is 503 and not ready until there is space again', async () => {
  const server = await start();
  const user = await server.register({ delivery: 'body' });
  limitFiles(server, 4096);
  await assertOutage(server, user);
  assert.equal(await server.verify(user.accessToken), 200, 'requests without writes continue');
  limitFiles(server, 'unlimited');
  await assertRecovered(server, user);
});

it('a removed database is 503 and not ready, is never created again, and is used again once it is back', async () => {
  const server = await start();
  const user = await server.register({ delivery: 'body' });
  const file = join(server.directory, 'auth.db');
  renameSync(file, `${file}.away`);
  await assertOutage(server, user);
  assert.ok(!existsSync(file));
  renameSync(`${file}.away`, file);
  await assertRecovered(server, user);
});

it('while another process locks the database for 30 s, writes are 503, reads continue, and no token is lost', async () => {
  const server = await start();
  const users = await Promise.all(Array.from({ length: 12 }, () => server.register({ delivery: 'body' })));
  const other = launch('sqlite3', ['auth.db'], { directory: server.directory });
  other.child.stdin.write("BEGIN IMMEDIATE; SELECT 'locked';\n");
  await until(() => other.stdout.includes('locked'), 'the lock');

  const end = performance.now() + 30_000;
  let rounds = 0;
  // More at once than the lane has threads.
  for (; performance.now() < end; rounds += 1) {
    const refused = Promise.all([...users, ...users, ...users, ...users].map(
      ({ refreshToken }) => server.post('/api/auth/refresh', { refreshToken })));
    let reads = 0;
    const reading = (async () => {
      for (let over = refused.then(() => true); !(await Promise.race([over, undefined])); reads += 1) {
        assert.equal(await server.verify(users[reads % users.length].accessToken), 200);
      }
    })();
    for (const { status, code } of await refused) {
      assert.equal(status, 503);
      assert.ok(['STORE_UNAVAILABLE', 'SERVER_BUSY'].includes(code), code); // SERVER_BUSY: it got its thread after its patience
    }
    await reading;
    assert.ok(reads > 0);
    assert.equal((await server.get('/readyz')).status, 503);
    assert.equal((await server.get('/healthz')).status, 200);
  }
  assert.ok(rounds > 1, 'each was answered long before the lock was released');
  other.child.stdin.end('COMMIT;\n');
  await within(other.ended, 'the end of the other process');
  for (const user of users.slice(1)) {
    assert.equal((await server.post('/api/auth/refresh', { refreshToken: user.refreshToken })).status, 200);
  }
  await assertRecovered(server, users[0]);
});

it('each of 100 writes while another process holds the lock is answered within its patience of 5 s', async () => {
  const server = await start();
  const user = await server.register({ delivery: 'body' });
  const other = launch('sqlite3', ['auth.db'], { directory: server.directory });
  other.child.stdin.write("BEGIN IMMEDIATE; SELECT 'locked';\n");
  await until(() => other.stdout.includes('locked'), 'the lock');

  const begin = performance.now();
  const answers = await Promise.all(Array.from({ length: 100 }, async () => {
    const { status } = await server.post('/api/auth/refresh', { refreshToken: user.refreshToken }, { agent: false });
    return { status, after: performance.now() - begin };
  }));
  const last = Math.max(...answers.map(({ after }) => after));
  assert.ok(answers.every(({ status }) => status === 503));
  // Generous, for a busy machine: if patience restarted for each set of threads, it would take 15 s and more.
  assert.ok(last > 4000 && last < 10_000, `the last was answered after ${Math.round(last)} ms`);

  other.child.stdin.end('COMMIT;\n');
  await within(other.ended, 'the end of the other process');
  assert.equal((await server.post('/api/auth/refresh', { refreshToken: user.refreshToken })).status, 200);
  assert.equal((await server.stop()).code, 0);
});

it('a read-only database is refused at the start with a reason, and not changed', async () => {
  const server = await start();
  await server.stop();
  const { directory } = server;
  const file = join(directory, 'auth.db');
  const refused = async (reason) => {
    const { code, stderr } = await run(['--listen', '127.0.0.1:0'], { directory, ...obedient });
    assert.deepEqual([code, stderr.trim().split('\n').length], [1, 1], stderr);
    assert.match(stderr, reason);
  };
  chmodSync(file, 0o400);
  await refused(/auth\.db can only be read: .*chmod u\+w/);
  chmodSync(file, 0o600);
  chmodSync(directory, 0o500);
  await refused(/cannot write beside the database auth\.db: Permission denied; let the user/);
  chmodSync(directory, 0o700);
  rmSync(`${file}.lock`);
  chmodSync(directory, 0o500);
  await refused(/cannot make .*auth\.db\.lock: Permission denied; let the user/);
  chmodSync(directory, 0o700);
  const again = await start({ directory, ...obedient });
  assert.equal((await again.stop()).code, 0);
});

it('when the database becomes read-only under the server, every change answered with success is kept', async () => {
  const server = await start(obedient);
  const user = await server.register({ delivery: 'body' });
  const file = join(server.directory, 'auth.db');
  for (const name of [file, `${file}-wal`]) chmodSync(name, 0o400);
  chmodSync(server.directory, 0o500);
  const { status, data } = await server.post('/api/auth/refresh', { refreshToken: user.refreshToken });
  assert.ok([200, 503].includes(status), `${status}`);
  chmodSync(server.directory, 0o700);
  for (const name of [file, `${file}-wal`]) chmodSync(name, 0o600);
  await assertRecovered(server, status === 200 ? { ...user, refreshToken: data.refreshToken } : user);
});
