// 50,000 clients that connect and reset: at once, after half a request, or during the answer. The listener survives.
import assert from 'node:assert/strict';
import { start, until } from '../e2e/server.mjs';
import { claim, connectFrom, descriptors, inParallel, meanwhile, median, ms, residentMegabytes, seconds, timed, verifyFresh } from './soak.mjs';

const clients = 50_000;
const sent = [undefined, 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Le', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'];

const server = await start();
const user = await server.register();

await claim('50,000 clients that connect and reset leave nothing behind', async () => {
  server.disconnect();
  await server.get('/healthz', { agent: false });
  const [before, resident] = [descriptors(server.pid), residentMegabytes(server.pid)];
  const verified = meanwhile(verifyFresh(server, user.accessToken));
  const duration = await timed(() => inParallel(clients, 200, async (i) => {
    const socket = await connectFrom(server.port, 2 + (i % 200));
    const bytes = sent[i % sent.length];
    if (bytes) await new Promise((done) => socket.write(bytes, done));
    socket.resetAndDestroy();
  }));
  const times = await verified.stop();
  await until(() => descriptors(server.pid) <= before, `${before} descriptors, as before, not ${descriptors(server.pid)}`, 15_000);
  const after = residentMegabytes(server.pid);
  assert.ok(after < resident + 32, `resident ${Math.round(resident)} MiB before, ${Math.round(after)} after`);
  assert.equal((await server.login(user)).email, user.email);
  return `${seconds(duration)}, ${Math.round(clients / duration * 1000)} a second; ${descriptors(server.pid)} descriptors; resident ${Math.round(resident)} MiB before, ${Math.round(after)} after; others meanwhile: median ${ms(median(times))}, longest ${ms(Math.max(...times))}`;
});
await claim('afterwards the server stops cleanly', async () => {
  assert.equal((await server.stop()).code, 0);
  return 'exit code 0';
});
