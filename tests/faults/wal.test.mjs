// Tests a long read transaction of another program, which keeps the write-ahead log from being emptied: the server
// warns, and reports the end.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { launch, start, until, within } from '../e2e/server.mjs';

const mebibyte = 1024 * 1024;

/** The fields of the log lines with this event: [{bytes: '1', ...}]. */
const linesOf = (server, event) => server.process.stderr.split('\n').filter((line) => line.includes(` ${event} `))
  .map((line) => Object.fromEntries([...line.matchAll(/ (\w+)=("[^"]*"|\S+)/g)].map(([, name, value]) => [name, value])));

async function readings(server) {
  const [, address] = /metrics_listening address=(\S+)/.exec(server.process.stderr);
  const text = await (await fetch(`http://${address}/metrics`)).text();
  const read = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1]);
  return { bytes: read('auth_server_wal_bytes'), age: read('auth_server_wal_age_seconds') };
}

it('a long reader causes a warning with size and age at each doubling, and the write-ahead log shrinks when it has finished', async () => {
  const server = await start({ settings: { metrics_listen: '127.0.0.1:0' } });
  const user = await server.register({ delivery: 'body' });
  const reader = launch('sqlite3', [join(server.directory, 'auth.db')], { directory: server.directory });
  reader.child.stdin.write('BEGIN; SELECT count(*) FROM users;\n');
  await until(() => reader.stdout === '1\n', 'the reader to read');

  const tokens = Array(8).fill(undefined);
  for (let i = 0; i < tokens.length; i += 1) tokens[i] = (await server.login({ ...user, delivery: 'body' })).refreshToken;
  const writeUntil = (condition, what) => until(async () => {
    await Promise.all(tokens.map(async (token, i) => {
      const { status, data } = await server.post('/api/auth/refresh', { refreshToken: token });
      assert.equal(status, 200);
      tokens[i] = data.refreshToken;
    }));
    return condition();
  }, what, 60_000);

  await writeUntil(() => linesOf(server, 'wal_large').length > 0, 'a warning');
  const [first] = linesOf(server, 'wal_large');
  assert.ok(Number(first.bytes) >= 16 * mebibyte && Number(first.bytes) < 24 * mebibyte, first.bytes);
  assert.match(first.seconds, /^\d+$/);
  assert.match(first.advice, /end long transactions of other programs/);
  const large = await readings(server);
  assert.ok(large.bytes >= Number(first.bytes) && large.age > 0, JSON.stringify(large));
  await writeUntil(async () => (await readings(server)).bytes > 20 * mebibyte, 'more of the log');
  assert.equal(linesOf(server, 'wal_large').length, 1, 'one line, not one for each commit');
  await writeUntil(() => linesOf(server, 'wal_large').length > 1, 'a warning of twice the size');
  assert.ok(Number(linesOf(server, 'wal_large')[1].bytes) >= 32 * mebibyte);
  assert.equal(linesOf(server, 'wal_restarted').length, 0);

  reader.child.stdin.end('COMMIT;\n');
  await within(reader.ended, 'the end of the reader');
  await until(() => linesOf(server, 'wal_restarted').length > 0, 'word that it is over');
  const [over] = linesOf(server, 'wal_restarted');
  assert.ok(Number(over.largest) >= 32 * mebibyte, over.largest);
  assert.ok((await readings(server)).bytes < mebibyte);
  assert.ok(statSync(join(server.directory, 'auth.db-wal')).size <= 16 * mebibyte);
  assert.equal((await server.stop()).code, 0);
});
