// 300 clients that send requests and read nothing: each costs one answer; beyond the budget those that use most are closed,
// while a stream, verifications and refreshes continue.
import assert from 'node:assert/strict';
import { start, until } from '../e2e/server.mjs';
import { openStream } from '../e2e/stream.mjs';
import { claim, connectMany, inParallel, meanwhile, median, ms, pause, processorShare, quantile, residentMegabytes, sockets, verifyFresh } from './soak.mjs';

const greedy = 300;
const userAgent = { 'User-Agent': `Mozilla/5.0 ${'x'.repeat(490)}` };

/** A server and a user whose list of sessions has about 15 KiB. */
async function begin(settings) {
  const server = await start({ settings });
  const user = await server.register();
  await inParallel(20, 4, () => server.login(user, { headers: userAgent }));
  const answer = await server.get('/api/sessions', { token: user.accessToken });
  return { server, user, answerKilobytes: answer.text.length / 1024 };
}

/** Clients that request the list 200 times each and read nothing. */
async function crowd(server, token) {
  const sockets = await connectMany(server.port, greedy);
  const request = `GET /api/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  for (const socket of sockets) {
    socket.pause();
    socket.write(request.repeat(200));
  }
  return sockets;
}

/** Resolves when every client is blocked: nothing more is read or answered. */
async function settled(server) {
  for (let times = 0; times < 60; times += 1) {
    if (await processorShare(server.pid, 1000) < 0.03) return;
  }
  throw new Error('the server is still at work');
}

await claim(`${greedy} clients that send requests and read no answer cost one answer and one read each`, async () => {
  const { server, user, answerKilobytes } = await begin({ connection_memory: '1G' });
  const before = residentMegabytes(server.pid);
  const clients = await crowd(server, user.accessToken);
  await settled(server);
  const each = (residentMegabytes(server.pid) - before) * 1024 / greedy;
  for (const socket of clients) socket.destroy();
  assert.equal((await server.stop()).code, 0);
  const figures = `${each.toFixed(1)} KiB resident each, an answer is ${answerKilobytes.toFixed(1)} KiB`;
  assert.ok(each < answerKilobytes + 16, figures);
  return figures;
});

await claim('with a budget of 2 MiB they are closed, and others are not affected', async () => {
  const { server, user } = await begin({ connection_memory: '2M' });
  const before = residentMegabytes(server.pid);
  const stream = await openStream(server, { token: user.accessToken });
  await stream.next('SESSIONS_UPDATED');
  const verified = meanwhile(verifyFresh(server, user.accessToken), 20);
  const clients = await crowd(server, user.accessToken);
  await until(() => /memory_relieved/.test(server.process.stderr), 'the line of the log', 20_000);
  let peak = 0;
  for (let i = 0; i < 80; i += 1) {
    peak = Math.max(peak, residentMegabytes(server.pid) - before);
    await pause(100);
  }
  const left = sockets(server.pid);
  const session = await server.login(user);
  await stream.next('SESSION_NEW');
  assert.equal((await server.refresh(session.refreshToken)).status, 200);
  const times = await verified.stop();
  for (const socket of clients) socket.destroy();
  assert.equal((await server.stop()).code, 0);
  assert.ok(left < greedy, `${left} connections are still open`);
  assert.ok(peak < 2 + 8, `${peak.toFixed(1)} MiB more were resident`);
  assert.ok(quantile(times, 0.99) < 100, `others waited ${ms(quantile(times, 0.99))}`);
  return `at most ${peak.toFixed(1)} MiB more resident, ${left} sockets left of ${greedy} clients; others: ${times.length} verified, ` +
    `median ${ms(median(times))}, 99th percentile ${ms(quantile(times, 0.99))}`;
});
