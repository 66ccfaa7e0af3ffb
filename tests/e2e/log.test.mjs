// The log when it is read, and when nobody reads it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { program, start, launch, temporaryDirectory, until, within } from './server.mjs';

/** A pipe whose reading end is open and not read. */
function unreadPipe() {
  const path = join(temporaryDirectory(), 'pipe');
  execFileSync('mkfifo', [path]);
  const end = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const other = openSync(path, constants.O_WRONLY); // the server's: without O_NONBLOCK
  return {
    server: other,
    /** Its content so far. */
    text() {
      const bytes = Buffer.alloc(1 << 20);
      return bytes.toString('utf8', 0, readSync(end, bytes));
    },
    close() {
      closeSync(end);
      closeSync(other);
    },
  };
}

const anonymous = 'GET /api/auth/me HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100);
const requests = 12_000;

/** Enough requests for their lines at level debug to fill the pipe and the queue behind it. */
async function flood(server) {
  const sockets = await Promise.all(Array.from({ length: 4 }, () => server.connect()));
  for (let sent = 0; sent < requests; sent += 100 * sockets.length) {
    const before = sockets.map((socket) => socket.received.length);
    for (const socket of sockets) socket.write(anonymous);
    await until(() => sockets.every((socket, at) => socket.received.length - before[at] > 100 * 200), 'the answers to anonymous requests');
  }
  for (const socket of sockets) socket.destroy();
}

describe('a log that nobody reads', () => {
  it('does not block requests or the stop', async () => {
    const pipe = unreadPipe();
    const server = await start({ settings: { log_level: 'debug', metrics_listen: '127.0.0.1:0' }, stderr: pipe.server });
    await flood(server);
    assert.equal((await server.get('/healthz', { agent: false })).status, 200);
    await server.register();
    const begin = performance.now();
    assert.equal((await server.stop()).code, 0);
    assert.ok(performance.now() - begin < 5000, 'at most a second is spent on what waits');
    for (const line of pipe.text().split('\n').slice(0, -1)) assert.match(line, /^\d{4}-\d\d-\d\dT\S+ (debug|info|warning) \S+/);
    pipe.close();
  });

  it('does not block the stub either', async () => {
    const pipe = unreadPipe();
    const directory = temporaryDirectory();
    const process = launch(program, ['stub', '--log_level', 'debug'], { directory, stderr: pipe.server });
    const line = await until(() => process.hasEnded || /^\{.*\}\n/.exec(process.stdout), 'the first line of the stub');
    const { url } = JSON.parse(line[0]);
    const statusOf = async (path) => (await fetch(url + path, { signal: AbortSignal.timeout(8000) })).status;
    for (let sent = 0; sent < 1000; sent += 50) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => statusOf('/api/auth/me')));
      assert.deepEqual(new Set(answers), new Set([401]));
    }
    assert.equal(await statusOf('/healthz'), 200);
    process.child.kill('SIGTERM');
    assert.equal((await within(process.ended, 'the end of the stub', 8000)).code, 0);
    pipe.close();
  });

  it('reports how many lines were lost once somebody reads', async () => {
    const pipe = unreadPipe();
    const server = await start({ settings: { log_level: 'debug' }, stderr: pipe.server });
    await flood(server);
    let text = '';
    await until(() => {
      try {
        text += pipe.text();
      } catch (fault) {
        if (fault.code !== 'EAGAIN') throw fault;
      }
      return /warning log_lines_dropped count=\d+\n/.test(text);
    }, 'the line that says how many were lost');
    assert.equal((await server.stop()).code, 0);
    pipe.close();
  });
});

describe('a log that is read', () => {
  it('has each refusal in a line or a sum, and every line until the stop', async () => {
    const server = await start();
    const tries = 300;
    for (let times = 0; times < tries; times += 1) assert.equal((await server.refresh(`forged${times}`)).status, 401);
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    const refused = stderr.split('\n').filter((line) => line.includes('refresh_refused'));
    const counted = refused.map((line) => Number(/repeated=(\d+)/.exec(line)?.[1] ?? 1));
    assert.equal(counted.reduce((sum, count) => sum + count), tries);
    assert.ok(refused.length < 10, `${refused.length} lines for ${tries} refusals`);
    assert.match(stderr, / info stopped\n$/);
  });
});
