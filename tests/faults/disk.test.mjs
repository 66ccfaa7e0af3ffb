// The disk under a running server fills up, and the database file is taken away.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { start } from '../e2e/server.mjs';

/** A limit on the length of files is a full disk that needs no rights to make. */
function limitFiles(server, bytes) {
  execFileSync('prlimit', ['--pid', String(server.pid), `--fsize=${bytes}:unlimited`]);
}

async function assertOutage(server, { refreshToken }) {
  for (const answer of [await server.post('/api/auth/refresh', { refreshToken }),
    await server.post('/api/auth/register', { email: 'nobody@example.org', password: 'a fine long passphrase' })]) {
    assert.deepEqual([answer.status, answer.code], [503, 'STORE_UNAVAILABLE'], answer.text);
  }
  assert.equal((await server.get('/readyz')).status, 503);
  assert.equal((await server.get('/healthz')).status, 200);
}

/** Works again, by itself; and what was answered before and after is there after kill -9. */
async function assertRecovered(server, user) {
  assert.equal((await server.get('/readyz')).status, 200);
  const { data } = await server.post('/api/auth/refresh', { refreshToken: user.refreshToken });
  await server.kill();
  const again = await start({ directory: server.directory });
  assert.equal(await again.verify(user.accessToken), 200);
  assert.equal((await again.post('/api/auth/refresh', { refreshToken: data.refreshToken })).status, 200);
  assert.equal((await again.login({ email: user.email, password: user.password })).user.email, user.email);
  assert.equal((await again.stop()).code, 0);
}

it('a full disk is 503, not ready, and over when there is space again', async () => {
  const server = await start();
  const user = await server.register({ delivery: 'body' });
  limitFiles(server, 4096);
  await assertOutage(server, user);
  assert.equal(await server.verify(user.accessToken), 200, 'what needs no writing goes on');
  limitFiles(server, 'unlimited');
  await assertRecovered(server, user);
});

it('a database that was taken away is 503, not ready, never made anew, and taken up when it is back', async () => {
  const server = await start();
  const user = await server.register({ delivery: 'body' });
  const file = join(server.directory, 'auth.db');
  renameSync(file, `${file}.away`);
  await assertOutage(server, user);
  assert.ok(!existsSync(file));
  renameSync(`${file}.away`, file);
  await assertRecovered(server, user);
});
