// The command restore: what a backup brings back, which tokens are accepted afterwards, and what is refused.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { checkFile } from '../faults/database_file.mjs';
import { run, start, temporaryDirectory } from './server.mjs';

/** The files of a directory without the lock: name -> bytes in hex. */
function contents(directory) {
  const names = readdirSync(directory).filter((name) => !name.endsWith('.lock'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(directory, name), 'hex')]));
}

/** A server that was stopped after a backup, and changes after it: ada was in the backup, and bob was not. */
async function stoppedAfterBackup({ end = 'stop' } = {}) {
  const server = await start();
  const ada = await server.register();
  const copy = await server.register();
  const backup = join(temporaryDirectory(), 'backup.db');
  await server.command(['backup', backup]);
  const bob = await server.register();
  const adasNext = (await server.refresh(ada.refreshToken)).data;
  assert.equal((await server.post('/api/auth/logout', undefined, { token: copy.accessToken })).status, 200);
  await server[end]();
  return { server, directory: server.directory, backup, ada, bob, copy, adasNext };
}

const restore = (directory, ...args) => run(['restore', ...args], { directory });

describe('restore', () => {
  it('brings back the users of the backup, and ends all sessions: no token from before is accepted', async () => {
    const { directory, backup, ada, bob, copy, adasNext } = await stoppedAfterBackup();
    const { code, stdout, stderr } = await restore(directory, backup);
    assert.deepEqual([code, stdout], [0, ''], stderr);
    const said = /^restored auth\.db from (.*)\nthe previous database is kept as (.*\/auth\.db\.before-restore-\d{8}T\d{6}Z)\nended 2 sessions\n$/.exec(stderr);
    assert.ok(said, stderr);
    assert.equal(statSync(join(directory, 'auth.db')).mode & 0o777, 0o600);

    const again = await start({ directory });
    for (const person of [ada, bob, copy]) {
      assert.equal(await again.verify(person.accessToken), 401);
      assert.equal((await again.refresh(person.refreshToken)).status, 401);
    }
    assert.equal(await again.verify(adasNext.accessToken), 401);
    assert.equal((await again.refresh(adasNext.refreshToken)).status, 401);
    await again.login(ada);
    assert.equal((await again.post('/api/auth/login', { email: bob.email, password: bob.password })).code, 'INVALID_CREDENTIALS');
    const { events } = JSON.parse(await again.command(['audit', '--json']));
    const restored = events.filter(({ event }) => event === 'DATABASE_RESTORED');
    assert.deepEqual(restored.map(({ userAgent, email }) => [userAgent, email]), [['auth-server restore', null]]);
    assert.equal(events.filter(({ event }) => event === 'SESSION_TERMINATED').length, 2);
    assert.equal((await again.stop()).code, 0);
    checkFile(join(directory, 'auth.db'));

    renameSync(said[2], join(directory, 'auth.db'));
    const previous = await start({ directory });
    await previous.login(bob);
    assert.equal((await previous.stop()).code, 0);
  });

  it('with --keep-sessions: tokens of the time of the backup are accepted, even those revoked since', async () => {
    const { directory, backup, ada, bob, copy } = await stoppedAfterBackup();
    const { code, stderr } = await restore(directory, backup, '--keep-sessions');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /\nsessions that were ended since the backup are alive again\n$/);
    const again = await start({ directory });
    assert.equal(await again.verify(ada.accessToken), 200);
    assert.equal((await again.refresh(ada.refreshToken)).status, 200);
    assert.equal(await again.verify(copy.accessToken), 200);
    assert.equal(await again.verify(bob.accessToken), 401);
    assert.equal((await again.stop()).code, 0);
  });

  it('after a crash never applies the log of the previous database, and keeps it', async () => {
    const { directory, backup, ada, bob } = await stoppedAfterBackup({ end: 'kill' });
    assert.ok(statSync(join(directory, 'auth.db-wal')).size > 0, 'a killed server leaves a log');
    const { code, stderr } = await restore(directory, backup);
    assert.equal(code, 0, stderr);
    const [kept] = readdirSync(directory).filter((name) => /before-restore-\w+$/.test(name));
    assert.deepEqual(readdirSync(directory).filter((name) => /^auth\.db(-|$)/.test(name)), ['auth.db']);
    const again = await start({ directory });
    await again.login(ada);
    assert.equal((await again.post('/api/auth/login', { email: bob.email, password: bob.password })).status, 401);
    assert.equal((await again.stop()).code, 0);
    for (const ending of ['', '-wal']) renameSync(join(directory, kept + ending), join(directory, `auth.db${ending}`));
    const previous = await start({ directory });
    await previous.login(bob);
    assert.equal((await previous.stop()).code, 0);
  });

  it('is refused while a server runs, which is not disturbed', async () => {
    const server = await start();
    const ada = await server.register();
    const backup = join(temporaryDirectory(), 'backup.db');
    await server.command(['backup', backup]);
    const { code, stderr } = await server.run(['restore', backup]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`another auth-server \\(process ${server.pid}\\) serves the database auth\\.db; stop it first`));
    assert.equal(await server.verify(ada.accessToken), 200);
    assert.equal((await server.refresh(ada.refreshToken)).status, 200);
    assert.deepEqual(readdirSync(server.directory).filter((name) => /restore/.test(name)), []);
    assert.equal((await server.stop()).code, 0);
  });

  it('refuses a file that is no undamaged backup, and changes nothing', async () => {
    const { directory, backup } = await stoppedAfterBackup();
    const folder = temporaryDirectory();
    const file = (name, bytes) => {
      writeFileSync(join(folder, name), bytes, { mode: 0o600 });
      return join(folder, name);
    };
    const whole = readFileSync(backup);
    const other = join(folder, 'other.db');
    execFileSync('sqlite3', [other, 'CREATE TABLE notes (text TEXT); PRAGMA user_version=3']);
    chmodSync(other, 0o600);
    const open = file('open.db', whole);
    chmodSync(open, 0o666);
    const newer = Buffer.from(whole);
    newer.writeUInt32BE(9999, 60);  // user_version
    const before = contents(directory);
    for (const [path, reason] of [
      [file('text.db', 'this is no database, but somebody needs it'.repeat(200)), /file is not a database/],
      [file('empty.db', ''), /is not a database of this program/],
      [file('half.db', whole.subarray(0, whole.length / 2)), /malformed|damaged/],
      [other, /is not a database of this program/],
      [file('newer.db', newer), /schema version 9999/],
      [open, /chmod/],
      [join(folder, 'missing.db'), /No such file/],
      [folder, /not a regular file/],
      [join(directory, 'auth.db'), /is the database itself/],
    ]) {
      const { code, stderr } = await restore(directory, path);
      assert.equal(code, 1, path);
      assert.match(stderr, reason);
      assert.ok(stderr.includes(path), stderr);
      assert.deepEqual(contents(directory), before, path);
    }
  });

  it('brings a database back to a directory that has none', async () => {
    const { backup, ada } = await stoppedAfterBackup();
    const server = await start();
    const { directory } = server;
    await server.stop();
    renameSync(join(directory, 'auth.db'), join(temporaryDirectory(), 'lost.db'));
    copyFileSync(backup, join(directory, 'backup.db'));
    const { code, stderr } = await restore(directory, 'backup.db');
    assert.deepEqual([code, stderr], [0, 'restored auth.db from backup.db\nended 2 sessions\n']);
    const again = await start({ directory });
    await again.login(ada);
    assert.equal((await again.stop()).code, 0);
  });
});
