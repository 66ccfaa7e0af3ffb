// 2,000 idle keep-alive connections and 1,000 event streams: signing in and refreshing work as before.
import assert from 'node:assert/strict';
import { start, until } from '../e2e/server.mjs';
import { claim, connectFrom, connectMany, descriptors, inParallel, median, ms, percent, processorShare, residentMegabytes, timeEach } from './soak.mjs';

const users = 20;
const streamsEach = 50;
const idle = 2000;

const server = await start({ settings: { max_streams_per_user: String(streamsEach) } });
const accounts = await inParallel(users, 4, () => server.register());

const signIn = (i) => server.login(accounts[i % users]);
const refresh = async () => {
  const answer = await server.refresh(accounts[0].refreshToken);
  assert.equal(answer.status, 200, answer.text);
  accounts[0].refreshToken = /refreshToken=([^;]+)/.exec(answer.headers['set-cookie'][0])[1];
};

async function openStream(i) {
  const socket = await connectFrom(server.port, 2 + (i % 100));
  socket.text = '';
  socket.on('data', (bytes) => { socket.text += bytes.toString('latin1'); });
  socket.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${accounts[i % users].accessToken}\r\n\r\n`);
  return socket;
}
const told = (socket) => socket.text.split('event: SESSION_NEW\n').length - 1;

const alone = { signIn: await timeEach(20, signIn), refresh: await timeEach(200, refresh), resident: residentMegabytes(server.pid) };
const connections = await connectMany(server.port, idle, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
const streams = await inParallel(users * streamsEach, 50, openStream);
await until(() => streams.every((socket) => socket.text.includes('event: SESSIONS_UPDATED\n')), 'every stream to have begun');

await claim('3,000 waiting connections use no processor time', async () => {
  assert.ok(descriptors(server.pid) >= idle + streams.length);
  const share = await processorShare(server.pid, 3000);
  assert.ok(share < 0.05, percent(share));
  const perConnection = (residentMegabytes(server.pid) - alone.resident) * 1024 / (idle + streams.length);
  return `${percent(share)} of a core, ${perConnection.toFixed(1)} KiB resident each`;
});
await claim('with them, signing in and refreshing take as long as before', async () => {
  const among = { signIn: await timeEach(20, signIn), refresh: await timeEach(200, refresh) };
  for (const what of ['signIn', 'refresh']) {
    assert.ok(median(among[what]) < 2 * median(alone[what]) + 5, `${what}: ${ms(median(alone[what]))} before, now ${ms(median(among[what]))}`);
  }
  return `sign-in ${ms(median(alone.signIn))} before, ${ms(median(among.signIn))} with; refresh ${ms(median(alone.refresh))} and ${ms(median(among.refresh))}`;
});
await claim('each stream is told of each sign-in, and all connections are still there', async () => {
  await until(() => streams.every((socket) => told(socket) === 1), 'one SESSION_NEW on each stream', 5000);
  const open = [...connections, ...streams].filter((socket) => !socket.destroyed && !socket.readableEnded).length;
  assert.equal(open, idle + streams.length);
  return `${streams.length} of ${streams.length}; ${open} open`;
});
await claim('afterwards the server stops cleanly', async () => {
  assert.equal((await server.stop()).code, 0);
  for (const socket of [...connections, ...streams]) socket.destroy();
  return 'exit code 0';
});
