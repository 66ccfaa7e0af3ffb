// Too few threads or too little address space: at start a sentence and exit code 1; while serving only refused requests.
import assert from 'node:assert';
import { chownSync, copyFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { launch, program, start, temporaryDirectory, until, within } from './server.mjs';

// A user without other processes: the limit counts all threads of a user, and does not apply to root.
const unusedUser = 54321;

/** A directory with a copy of the program that another user can run. */
function placeFor(user) {
  const directory = temporaryDirectory();
  const copy = join(directory, 'auth-server');
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  if (user !== undefined) chownSync(directory, user, user);
  return { directory, copy };
}

/** Starts the program under the words of `through`: 'listens', after which it is stopped, or how it ended. */
async function attempt(place, through) {
  const [file, ...rest] = [...through, place.copy, '--listen', '127.0.0.1:0'];
  const server = launch(file, rest, { directory: place.directory });
  await until(() => server.hasEnded || server.stdout.includes('listens on'), 'its first line or its end');
  if (!server.hasEnded) server.child.kill('SIGTERM');
  const end = await within(server.ended, 'its end');
  return { ...end, listened: end.stdout.includes('listens on') };
}

function assertListensOrExplains(result, limit) {
  assert.strictEqual(result.signal, null, `${limit}: ${result.stderr}`);
  if (result.listened) return assert.strictEqual(result.code, 0, `${limit}: ${result.stderr}`);
  assert.strictEqual(result.code, 1, `${limit}: ${result.stderr}`);
  assert.match(result.stderr, /^auth-server: \S.*$/m, limit);
}

test('with too few threads it does not start, and says why', async () => {
  const asRoot = process.getuid() === 0;
  const user = asRoot ? ['setpriv', `--reuid=${unusedUser}`, `--regid=${unusedUser}`, '--clear-groups'] : [];
  const place = placeFor(asRoot ? unusedUser : undefined);
  const results = [];
  for (const threads of [1, 2, 3, 5, 10, 20, 35, 40, 42, 44, 46, 60, 200]) {
    const result = await attempt(place, ['prlimit', `--nproc=${threads}`, ...user]);
    assertListensOrExplains(result, `${threads} threads`);
    results.push(result.listened);
  }
  assert.strictEqual(results.at(0), false, 'one thread is too few');
  assert.strictEqual(results.at(-1), true, 'two hundred are enough');
});

test('with too little address space it does not start, and says why', async () => {
  const place = placeFor();
  const results = [];
  for (const mebibytes of [80, 120, 160, 200, 240, 280, 320, 360, 400, 450, 500, 600, 800, 4096]) {
    const result = await attempt(place, ['prlimit', `--as=${mebibytes * 1024 * 1024}`]);
    assertListensOrExplains(result, `${mebibytes} MiB`);
    results.push(result.listened);
  }
  assert.strictEqual(results.at(0), false, '80 MiB are too few');
  assert.strictEqual(results.at(-1), true, '4 GiB are enough');
});
