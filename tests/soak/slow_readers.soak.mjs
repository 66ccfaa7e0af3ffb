// Clients that read nothing: their event streams are closed at the limit of the buffer, and connections with unread answers
// at the write deadline; other readers lose nothing.
import assert from 'node:assert/strict';
import { start, until } from '../e2e/server.mjs';
import { claim, connectFrom, connectMany, inParallel, meanwhile, median, ms, quantile, residentMegabytes, seconds, sockets, timed, verifyFresh } from './soak.mjs';

const stalled = 100;
const reading = 100;
const piped = 500;
const writeDeadline = 30_000;

const server = await start({ settings: { max_streams_per_user: String(stalled + reading) } });
const ofItsOwn = sockets(server.pid);
const user = await server.register();
// Long events fill the kernel's buffers quickly.
const userAgent = { 'User-Agent': `Mozilla/5.0 ${'x'.repeat(490)}` };
await inParallel(40, 8, () => server.login(user, { headers: userAgent }));

async function openStream() {
  const socket = await connectFrom(server.port);
  socket.updates = 0;
  socket.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.accessToken}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}

function count(socket) {
  let end = '';
  socket.on('data', (bytes) => {
    const text = end + bytes.toString('latin1');
    socket.updates += text.split('event: SESSIONS_UPDATED\n').length - 1;
    end = text.slice(-23);
  });
  return socket;
}

await claim('event streams that never read are dropped, and readers lose nothing', async () => {
  const readers = (await inParallel(reading, 10, openStream)).map(count);
  const silent = await inParallel(stalled, 10, openStream);
  for (const socket of silent) socket.pause();
  const open = sockets(server.pid);
  const begin = performance.now();
  const times = [];
  // At most one request is in progress, on a keep-alive connection.
  while (sockets(server.pid) > open - stalled) {
    assert.ok(times.length < 400, `${sockets(server.pid) - open + stalled} are still open after ${times.length} events`);
    const { sessionId } = await server.login(user, { headers: userAgent });
    times.push(await timed(async () => {
      assert.equal((await server.post('/api/sessions/terminate', { sessionId }, { token: user.accessToken })).status, 200);
    }));
  }
  const duration = performance.now() - begin;
  await until(() => readers.every((socket) => socket.updates >= times.length), `${times.length} events on each stream that is read`);
  for (const socket of [...readers, ...silent]) socket.destroy();
  return `${stalled} dropped within ${times.length} events, ${seconds(duration)}; ${reading} readers have them all; ` +
    `terminating took ${ms(median(times))}, resident ${Math.round(residentMegabytes(server.pid))} MiB`;
});

await claim('pipelined requests whose answers are never read are closed at the write deadline', async () => {
  server.disconnect();
  await until(() => sockets(server.pid) <= ofItsOwn, 'the end of all connections');
  const request = `GET /api/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.accessToken}\r\n\r\n`;
  const verified = meanwhile(verifyFresh(server, user.accessToken), 50);
  const begin = performance.now();
  const silent = await connectMany(server.port, piped);
  for (const socket of silent) {
    socket.pause();
    socket.write(request.repeat(200));
  }
  await until(() => sockets(server.pid) >= ofItsOwn + piped, 'every client to be accepted');
  const connected = performance.now();
  // The client that verifies may have one more.
  await until(() => sockets(server.pid) < ofItsOwn + piped, 'the first to be closed', writeDeadline + 10_000);
  const first = performance.now() - begin;
  await until(() => sockets(server.pid) <= ofItsOwn + 1, 'the last to be closed', 30_000);
  const last = performance.now() - connected;
  const times = await verified.stop();
  for (const socket of silent) socket.destroy();
  assert.ok(first > writeDeadline - 300, `the first was closed after ${seconds(first)}`);
  assert.ok(last < writeDeadline + 10_000, `the last was closed after ${seconds(last)}`);
  assert.ok(quantile(times, 0.99) < 100, `others waited ${ms(quantile(times, 0.99))}`);
  return `${piped} closed after ${seconds(first)} to ${seconds(last)}; others: median ${ms(median(times))}, ` +
    `99th percentile ${ms(quantile(times, 0.99))}, longest ${ms(Math.max(...times))}, resident ${Math.round(residentMegabytes(server.pid))} MiB`;
});

await claim('afterwards the server stops cleanly', async () => {
  assert.equal((await server.stop()).code, 0);
  return 'exit code 0';
});
