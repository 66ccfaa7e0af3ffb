// SIGTERM under load: with incomplete requests, open streams and sign-ins in progress the server exits with code 0 within
// 10 s, and all acknowledged changes are in the database. A second server on the same port does not start.
import assert from 'node:assert/strict';
import { freshEmail, goodPassword } from '../e2e/client.mjs';
import { launch, program, start, temporaryDirectory, until, within, writeConfiguration, secret } from '../e2e/server.mjs';
import { claim, connectMany, descriptors, inParallel, pause, seconds } from './soak.mjs';

const settings = { refresh_reuse_window_seconds: '60', max_streams_per_user: '200', max_sessions_per_user: '0' };
let server = await start({ settings });
const { directory } = server;

await claim('a second instance on the same port does not start', async () => {
  const elsewhere = temporaryDirectory();
  writeConfiguration(elsewhere, { jwt_secret: secret });
  const second = await within(launch(program, ['--listen', `127.0.0.1:${server.port}`], { directory: elsewhere }).ended, 'its end');
  assert.equal(second.code, 1, second.stderr);
  assert.match(second.stderr, new RegExp(`127\\.0\\.0\\.1:${server.port}`));
  assert.equal((await server.get('/healthz')).status, 200);
  return second.stderr.trim().split('\n').at(-1);
});

const user = await server.register();
const answered = { registered: [], signedIn: [], endingAsked: new Set(), terminated: new Set(), refreshed: new Map() };
let stopping = false;

/** Repeats `work`, which records what was acknowledged, until the server is gone. */
async function untilItEnds(work) {
  for (;;) {
    try {
      if (await work() === 'refused') await pause(5);
    } catch {
      if (stopping) return;
      throw new Error('a request failed before the stop');
    }
  }
}

const registering = () => untilItEnds(async () => {
  const email = freshEmail();
  const answer = await server.post('/api/auth/register', { email, password: goodPassword });
  if (answer.status === 201) answered.registered.push(email);
  return answer.status === 201 ? 'done' : 'refused';
});
const signingIn = () => untilItEnds(async () => {
  const answer = await server.post('/api/auth/login', { email: user.email, password: user.password });
  if (answer.status !== 200) return 'refused';
  const { id } = answer.data.sessions.find((session) => session.current);
  answered.signedIn.push(id);
  if (answered.signedIn.length % 2) return 'done';
  answered.endingAsked.add(id);
  const ended = await server.post('/api/sessions/terminate', { sessionId: id }, { token: user.accessToken });
  if (ended.status === 200) answered.terminated.add(id);
  return 'done';
});
const refreshing = (session) => untilItEnds(async () => {
  const answer = await server.post('/api/auth/refresh', { refreshToken: session.refreshToken });
  if (answer.status !== 200) return 'refused';
  session.refreshToken = answer.data.refreshToken;
  answered.refreshed.set(session.sessionId, (answered.refreshed.get(session.sessionId) ?? 0) + 1);
  return 'done';
});

const sessions = await inParallel(16, 4, () => server.register());
const open = descriptors(server.pid);
const halfSent = await connectMany(server.port, 20, 'GET /healthz HTTP/1.1\r\nHo');
const halfBodies = await connectMany(server.port, 20,
  'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"email"');
const streams = await connectMany(server.port, 100, `GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.accessToken}\r\n\r\n`);
await until(() => descriptors(server.pid) >= open + 140, 'every client to be connected');
const work = [registering(), registering(), ...Array.from({ length: 8 }, signingIn), ...sessions.map(refreshing)];
await pause(3000);

await claim('SIGTERM under load: exit code 0 within 10 s', async () => {
  const begin = performance.now();
  stopping = true;
  server.process.child.kill('SIGTERM');
  const { code, signal } = await within(server.process.ended, 'its end');
  const duration = performance.now() - begin;
  await Promise.all(work);
  server.disconnect();
  await within(Promise.all([...halfSent, ...halfBodies, ...streams].map((socket) => socket.gone)), 'the end of every connection');
  assert.equal(code, 0, `code ${code}, signal ${signal}`);
  assert.ok(duration < 10_500, seconds(duration));
  return `${seconds(duration)}, with ${halfSent.length + halfBodies.length} half requests, ${streams.length} streams, ${work.length} clients at work`;
});

await claim('every acknowledged change is there after the restart', async () => {
  server = await start({ settings, directory });
  const listed = JSON.parse(await server.command(['user', 'list', '--json']));
  const users = new Set(listed.users.map(({ email }) => email));
  for (const email of answered.registered) assert.ok(users.has(email), `${email} is lost`);
  const alive = new Set((await server.sessions(user.accessToken)).map(({ id }) => id));
  for (const id of answered.signedIn) assert.ok(answered.endingAsked.has(id) || alive.has(id), `session ${id} is lost`);
  for (const id of answered.terminated) assert.ok(!alive.has(id), `session ${id} is back`);
  for (const session of sessions) {
    const answer = await server.post('/api/auth/refresh', { refreshToken: session.refreshToken });
    assert.equal(answer.status, 200, `a rotation is lost: ${answer.text}`);
  }
  const rotations = [...answered.refreshed.values()].reduce((sum, number) => sum + number, 0);
  assert.equal((await server.stop()).code, 0);
  return `${answered.registered.length} registrations, ${answered.signedIn.length} sign-ins, ${answered.terminated.size} endings, ${rotations} rotations`;
});
