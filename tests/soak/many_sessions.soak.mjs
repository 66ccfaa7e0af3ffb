// One account with 50,000 sessions (max_sessions_per_user = 0): the effect on others while its lists are requested, and the
// memory that they take.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { start, temporaryDirectory, until } from '../e2e/server.mjs';
import { claim, connectMany, inParallel, meanwhile, median, ms, quantile, residentMegabytes, seconds, sockets, timed, verifyFresh } from './soak.mjs';

const count = Number(process.env.SESSIONS ?? 50_000);
const pageBytes = 380_928;  // maxSessionPageJsonBytes
const silent = 150;
const listing = 8;

const settings = { max_sessions_per_user: '0', max_streams_per_user: '100' };
const directory = temporaryDirectory();
let server = await start({ settings, directory });
const crowded = await server.register();
const other = await server.register();
assert.equal((await server.stop()).code, 0);

execFileSync('sqlite3', [join(directory, 'auth.db'), `
  WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
  INSERT INTO sessions (id, user_id, ip_address, user_agent, created_at, last_activity, expires_at, end_reason)
  SELECT lower(hex(randomblob(11))), '${crowded.user.id}', '203.0.113.7', printf('Mozilla/5.0 %.500c', 'x'),
         unixepoch() * 1000 - n * 1000, unixepoch() * 1000 - n * 1000, unixepoch() * 1000 + 86400000, '' FROM numbers`]);
server = await start({ settings, directory });

const list = (after = '') => server.get(`/api/sessions${after && `?after=${after}`}`, { token: crowded.accessToken });
const shown = (times) => `median ${ms(median(times))}, 99 in 100 within ${ms(quantile(times, 0.99))}, all within ${ms(Math.max(...times))}`;

/** The durations of another user's verifications while `work` runs. */
async function othersWhile(work) {
  const verified = meanwhile(verifyFresh(server, other.accessToken), 5);
  const result = await work();
  return [await verified.stop(), result];
}

await claim(`of ${count} sessions each answer has one page, and all pages together are complete`, async () => {
  const times = [];
  let largest = 0;
  let seen = 0;
  for (let after = ''; after !== null && after !== undefined;) {
    let answer;
    times.push(await timed(async () => { answer = await list(after); }));
    assert.equal(answer.status, 200, answer.text);
    largest = Math.max(largest, answer.text.length);
    seen += answer.data.sessions.length;
    after = answer.data.next;
  }
  const figures = `${times.length} answers of at most ${Math.round(largest / 1024)} KiB, ${shown(times)}`;
  assert.ok(largest <= pageBytes && seen === count + 1, figures);
  return figures;
});

await claim(`while ${listing} clients request lists all the time, others are served as before`, async () => {
  const [quiet] = await othersWhile(() => new Promise((resume) => setTimeout(resume, 2000)));
  const [busy, pages] = await othersWhile(async () => {
    const end = performance.now() + 5000;
    let answered = 0;
    await inParallel(listing, listing, async () => {
      for (let after; performance.now() < end; answered += 1) after = (await list(after)).data.next ?? '';
    });
    return answered;
  });
  const figures = `${pages} pages; verify: ${shown(busy)}; when nobody lists: ${shown(quiet)}`;
  assert.ok(median(busy) < 20 && quantile(busy, 0.99) < 150, figures);
  return figures;
});

await claim(`${silent} clients that request the list and do not read take the memory of a page each`, async () => {
  const before = residentMegabytes(server.pid);
  const open = sockets(server.pid);
  const request = `GET /api/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${crowded.accessToken}\r\n\r\n`;
  const clients = await connectMany(server.port, silent);
  for (const socket of clients) {
    socket.pause();
    socket.write(request.repeat(100));
  }
  await until(() => sockets(server.pid) >= open + silent, 'every client to be accepted');
  let most = 0;
  const [times] = await othersWhile(async () => {
    for (let i = 0; i < 30; i += 1) {
      await new Promise((resume) => setTimeout(resume, 100));
      most = Math.max(most, residentMegabytes(server.pid) - before);
    }
  });
  for (const socket of clients) socket.destroy();
  await until(() => sockets(server.pid) <= open, 'the end of their connections');
  const figures = `${most.toFixed(0)} MiB more; verify: ${shown(times)}`;
  assert.ok(most < silent * 3 * pageBytes / 2 ** 20, figures);
  return figures;
});

await claim('100 event streams of that account begin with a page each', async () => {
  const request = `GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${crowded.accessToken}\r\n\r\n`;
  const streams = await connectMany(server.port, 100);
  const begin = performance.now();
  const [times] = await othersWhile(async () => {
    for (const socket of streams) {
      socket.size = 0;
      socket.text = '';
      socket.on('data', (bytes) => {
        socket.size += bytes.length;
        socket.text = (socket.text + bytes.toString('latin1')).slice(-40);
      });
      socket.write(request);
    }
    await until(() => streams.every((socket) => socket.size > 1000 && socket.text.endsWith('}\n\n')), 'every list');
  });
  const duration = performance.now() - begin;
  const largest = Math.max(...streams.map((socket) => socket.size));
  for (const socket of streams) socket.destroy();
  const figures = `within ${seconds(duration)}, at most ${Math.round(largest / 1024)} KiB each; verify: ${shown(times)}`;
  assert.ok(largest <= pageBytes + 1024, figures);
  return figures;
});

await claim('all of them end at once, by one request', async () => {
  const [times, duration] = await othersWhile(() => timed(async () => {
    const answer = await server.post('/api/sessions/terminate-others', undefined, { token: crowded.accessToken });
    assert.deepEqual(answer.data, { terminated: count });
  }));
  return `${seconds(duration)}; verify: ${shown(times)}`;
});

assert.equal((await server.stop()).code, 0);
