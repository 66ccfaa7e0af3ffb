// Without free descriptors clients are refused, no thread spins, and the server recovers by itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { start, until } from '../e2e/server.mjs';
import { claim, connectFrom, descriptors, inParallel, percent, processorShare, seconds } from './soak.mjs';

const half = 'GET /healthz HTTP/1.1\r\nHo';

/** `count` clients that send half a request and stay connected; `refused` is set for those that the server refuses. */
async function crowd(server, count) {
  const sockets = await inParallel(count, 50, (i) => connectFrom(server.port, 2 + (i % 100)).catch(() => null));
  for (const socket of sockets.filter(Boolean)) {
    socket.on('data', (bytes) => { socket.refused ||= bytes.includes('503 '); });
    socket.write(half);
  }
  return sockets.filter(Boolean);
}

async function answersAgain(server) {
  const begin = performance.now();
  await until(() => server.get('/healthz', { agent: false }).then(({ status }) => status === 200, () => false), 'an answer');
  return performance.now() - begin;
}

async function exhaust(server, clients) {
  const before = descriptors(server.pid);
  const sockets = await crowd(server, clients);
  const share = await processorShare(server.pid, 3000);
  const refused = sockets.filter((socket) => socket.refused).length;
  const open = descriptors(server.pid);
  assert.ok(refused > 0, 'nobody was refused');
  assert.ok(share < 0.2, `it used ${percent(share)} of a core`);
  const recovery = await answersAgain(server);
  // The clients are still connected: it was the server that closed them.
  await until(() => sockets.every((socket) => socket.destroyed || socket.readableEnded), 'the end of every client', 30_000);
  await until(() => descriptors(server.pid) <= before, 'every descriptor to be free');
  const session = await server.register();
  assert.equal((await server.refresh(session.refreshToken)).status, 200);
  return `${clients} clients, ${open} descriptors open, ${refused} refused so far, ${percent(share)} of a core, an answer ${seconds(recovery + 3000)} after the rush`;
}

await claim('with 256 descriptors from the start it refuses excess clients, and recovers', async () => {
  const server = await start({ through: ['prlimit', '--nofile=256'] });
  const figures = await exhaust(server, 600);
  assert.equal((await server.stop()).code, 0);
  return figures;
});
await claim('when accept(2) has no free descriptors it refuses clients, and recovers', async () => {
  const server = await start();
  await server.get('/healthz', { agent: false });
  execFileSync('prlimit', ['--pid', String(server.pid), `--nofile=${descriptors(server.pid) + 40}:`]);
  const figures = await exhaust(server, 100);
  const { code, stderr } = await server.stop();
  assert.equal(code, 0);
  const entries = stderr.split('\n').filter((line) => line.includes('accept_exhausted')).length;
  assert.equal(entries, 1, `accept(2) never failed, or the log says so ${entries} times`);
  return figures;
});
