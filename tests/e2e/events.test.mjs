// Event streams: which events arrive, to whom, and when the streams close.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { currentOf } from './client.mjs';
import { start, until, within } from './server.mjs';
import { openEventSource, openStream, parseEvents } from './stream.mjs';

let server;
let quiet;
before(async () => {
  server = await start({ settings: { max_streams_per_user: '20' } });
  // A separate server, where nothing happens while the other tests run.
  quiet = await start();
  quiet.stream = await openStream(quiet, { token: (await quiet.register()).accessToken });
  quiet.begin = performance.now();
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
  assert.equal((await quiet.stop()).code, 0);
});

const sessionKeys = ['createdAt', 'current', 'device', 'expiresAt', 'id', 'ipAddress', 'lastActivity', 'userAgent'];

async function opened(session) {
  const stream = await openStream(server, { token: session.accessToken });
  await stream.next('SESSIONS_UPDATED');
  return stream;
}

describe('a stream', () => {
  it('begins with retry, CONNECTED and the present list, with the documented headers', async () => {
    const user = await server.register();
    const other = await server.login(user);
    const stream = await opened(user);
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    assert.equal(stream.headers['x-accel-buffering'], 'no');
    assert.equal(stream.headers['cache-control'], 'no-store');
    assert.equal(stream.headers['x-content-type-options'], 'nosniff');
    assert.equal(stream.headers['referrer-policy'], 'no-referrer');
    assert.ok(stream.headers['x-request-id']);
    assert.equal(stream.headers['content-length'], undefined);
    assert.equal(stream.headers.server, undefined);

    assert.match(stream.text, /^retry: 3000\n/);
    const events = parseEvents(stream.text).filter((event) => event.event);
    assert.deepEqual(events.map((event) => event.event), ['CONNECTED', 'SESSIONS_UPDATED']);
    assert.deepEqual(Object.keys(events[0].data).sort(), ['sessionId', 'socketId']);
    assert.equal(events[0].data.sessionId, user.sessionId);
    assert.deepEqual(Object.keys(events[1].data).sort(), ['sessions', 'total']);
    const { sessions, total } = events[1].data;
    assert.equal(total, 2);
    assert.deepEqual(sessions.map((session) => session.id).sort(), [user.sessionId, other.sessionId].sort());
    for (const session of sessions) assert.deepEqual(Object.keys(session).sort(), sessionKeys);
    assert.equal(currentOf(sessions).id, user.sessionId);
    stream.close();
  });

  it('may be opened by the cookie, which it does not rotate', async () => {
    const user = await server.register();
    const stream = await openStream(server, { cookie: user.refreshToken });
    assert.equal((await stream.next('CONNECTED')).sessionId, user.sessionId);
    assert.equal(stream.headers['set-cookie'], undefined);
    assert.equal((await server.refresh(user.refreshToken)).status, 200);
    assert.ok(!stream.isClosed);
    stream.close();
  });

  it('is also served to HTTP/1.0, without chunks', async () => {
    const user = await server.register();
    const socket = await server.connect();
    socket.write(`GET /api/events HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer ${user.accessToken}\r\n\r\n`);
    await until(() => socket.received.includes('event: SESSIONS_UPDATED'), 'the list', 2000);
    const text = socket.received.toString('utf8');
    assert.doesNotMatch(text, /transfer-encoding/i);
    await server.post('/api/auth/logout', undefined, { token: user.accessToken });
    await until(() => socket.readableEnded || socket.destroyed, 'the end of the connection', 1000);
  });

  it('tells all of the user\'s streams of a new session, each with its own current', async () => {
    const user = await server.register();
    const second = await server.login(user);
    const streams = [await opened(user), await opened(second)];
    const fresh = await server.login(user);
    for (const stream of streams) {
      const { session } = await stream.next('SESSION_NEW');
      assert.equal(session.id, fresh.sessionId);
      assert.equal(session.current, false);
      assert.deepEqual(Object.keys(session).sort(), sessionKeys);
    }
    assert.equal(currentOf(streams[1].named('SESSIONS_UPDATED')[0].sessions).id, second.sessionId);
    for (const stream of streams) stream.close();
  });

  it('of an ended session receives the reason and closes; the others receive the new list', async () => {
    const user = await server.register();
    const endings = [
      ['logout', (session) => server.post('/api/auth/logout', undefined, { token: session.accessToken })],
      ['logout', (session) => server.post('/api/auth/logout', undefined, { cookie: session.refreshToken })],
      ['terminated', (session) => server.post('/api/sessions/terminate', { sessionId: session.sessionId }, { token: user.accessToken })],
      ['terminated_others', () => server.post('/api/sessions/terminate-others', undefined, { token: user.accessToken })],
      ['password_changed', () => server.changePassword(user, 'another long passphrase')],
    ];
    const keeper = await opened(user);
    for (const [reason, end] of endings) {
      const session = await server.login(user);
      const twice = [await opened(session), await opened(session)];
      const lists = keeper.named('SESSIONS_UPDATED').length;
      assert.equal((await end(session)).status, 200);
      for (const stream of twice) {
        assert.deepEqual(await stream.next('SESSION_TERMINATED'), { sessionId: session.sessionId, reason });
        await stream.untilClosed();
        assert.equal(stream.events.at(-1).event, 'SESSION_TERMINATED');
      }
      const list = await until(() => keeper.named('SESSIONS_UPDATED')[lists], 'the new list', 1000);
      assert.deepEqual(list.sessions.map((item) => item.id), [user.sessionId]);
      assert.equal(list.sessions[0].current, true);
    }
    assert.deepEqual(keeper.named('SESSION_TERMINATED'), []);
    assert.ok(!keeper.isClosed);
    keeper.close();
  });

  it('receives token reuse on every device', async () => {
    const user = await server.register();
    const second = await server.login(user);
    const streams = [await opened(user), await opened(second)];
    await server.refresh(user.refreshToken);
    assert.equal((await server.refresh(user.refreshToken)).code, 'TOKEN_REUSE_DETECTED');
    for (const [at, session] of [user, second].entries()) {
      assert.deepEqual(await streams[at].next('SESSION_TERMINATED'), { sessionId: session.sessionId, reason: 'token_reuse' });
      await streams[at].untilClosed();
    }
  });

  it('closes within a second when a command ends the session or disables the user', async () => {
    const user = await server.register();
    const second = await server.login(user);
    const streams = [await opened(user), await opened(second)];
    await server.command(['session', 'terminate', '--', second.sessionId]);
    await streams[1].next('SESSION_TERMINATED');
    await streams[1].untilClosed();
    const list = await streams[0].next('SESSIONS_UPDATED', ({ sessions }) => sessions.length === 1);
    assert.equal(list.sessions[0].id, user.sessionId);
    await server.command(['user', 'disable', user.email]);
    assert.equal((await streams[0].next('SESSION_TERMINATED')).reason, 'user_disabled');
    await streams[0].untilClosed();

    const deleted = await server.register();
    const last = await opened(deleted);
    await server.command(['user', 'delete', deleted.email, '--yes']);
    await last.untilClosed();
    assert.equal(await server.verify(deleted.accessToken), 401);
  });

  it('receives a session that a command opens', async () => {
    const user = await server.register();
    const stream = await opened(user);
    await server.command(['token', 'mint', '--user', user.email, '--json']);
    const heard = () => stream.named('SESSION_NEW').length > 0 || stream.named('SESSIONS_UPDATED').some(({ sessions }) => sessions.length === 2);
    await until(heard, `the new session on the stream, which has: ${stream.text}`, 1000);
    stream.close();
  });

  it('never carries another user\'s events', async () => {
    const silent = await server.register();
    const loud = await server.register();
    const stream = await opened(silent);
    const witness = await opened(loud);
    const before = stream.text;
    const session = await server.login(loud);
    await server.post('/api/sessions/terminate', { sessionId: session.sessionId }, { token: loud.accessToken });
    await witness.next('SESSIONS_UPDATED', ({ sessions }) => sessions.length === 1 && witness.named('SESSION_NEW').length === 1);
    await server.login(silent);
    await stream.next('SESSION_NEW');
    const since = parseEvents(stream.text.slice(before.length)).filter((event) => event.event);
    assert.deepEqual(since.map((event) => event.event), ['SESSION_NEW']);
    assert.ok(!stream.text.includes(loud.email) && !stream.text.includes(session.sessionId));
    stream.close();
    witness.close();
  });

  it('beyond max_streams_per_user is 429, for that user only, until one closes', async () => {
    const user = await server.register();
    const stranger = await server.register();
    const streams = await Promise.all(Array.from({ length: 20 }, () => opened(user)));
    const refused = await openStream(server, { token: user.accessToken });
    assert.equal(refused.status, 429);
    assert.equal(refused.code, 'RATE_LIMITED');
    assert.match(refused.headers['retry-after'], /^\d+$/);
    (await opened(stranger)).close();
    streams.pop().close();
    const another = await until(async () => {
      const stream = await openStream(server, { token: user.accessToken });
      return stream.status === undefined && stream;
    }, 'room for another stream', 2000);
    another.close();
    for (const stream of streams) stream.close();
  });

  it('ignores bytes that are sent after the request', async () => {
    const user = await server.register();
    const socket = await server.connect();
    socket.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${user.accessToken}\r\n\r\n`);
    await until(() => socket.received.includes('event: SESSIONS_UPDATED'), 'the list', 2000);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(100));
    await server.login(user);
    await until(() => socket.received.includes('event: SESSION_NEW') || socket.readableEnded || socket.destroyed, 'the event or the end', 2000);
    assert.ok(!socket.received.includes('{"status":"ok"}'));
    assert.equal((await server.get('/healthz')).status, 200);
  });
});

describe('npm\'s EventSource', () => {
  it('receives the events by name, and gives up when its session has ended', async () => {
    const user = await server.register();
    const other = await server.login(user);
    const seen = openEventSource(server, { token: other.accessToken });
    await until(() => seen.events.length >= 2, 'the first events', 3000);
    assert.deepEqual(seen.events.map((event) => event.event), ['CONNECTED', 'SESSIONS_UPDATED']);
    const fresh = await server.login(user);
    await until(() => seen.events.find((event) => event.event === 'SESSION_NEW'), 'SESSION_NEW', 1000);
    assert.equal(seen.events[2].data.session.id, fresh.sessionId);
    await server.post('/api/sessions/terminate', { sessionId: other.sessionId }, { token: user.accessToken });
    await until(() => seen.events.find((event) => event.event === 'SESSION_TERMINATED'), 'SESSION_TERMINATED', 1000);
    await until(() => seen.errors.includes(401), 'its reconnection, after the 3 s that retry names, to be refused', 6000);
    assert.equal(seen.source.readyState, seen.source.CLOSED);
    assert.equal(seen.opened, 1);
  });
});

describe('many streams', () => {
  it('100 streams do not slow down signing in and verifying, and all receive the new session', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => server.register()));
    const streams = await Promise.all(users.flatMap((user) => Array.from({ length: 20 }, () => opened(user))));
    const begin = performance.now();
    for (const user of users) {
      assert.equal(await server.verify(user.accessToken), 200);
      await server.login(user);
    }
    assert.ok(performance.now() - begin < 5000);
    await Promise.all(streams.map((stream) => stream.next('SESSION_NEW', undefined, 3000)));
    for (const stream of streams) stream.close();
    assert.equal((await server.get('/healthz')).status, 200);
  });

  it('end cleanly when the server stops', async () => {
    const other = await start();
    const user = await other.register();
    const streams = await Promise.all(Array.from({ length: 10 }, () => openStream(other, { token: user.accessToken })));
    await Promise.all(streams.map((stream) => stream.next('CONNECTED')));
    other.process.child.kill('SIGTERM');
    const ended = await within(other.process.ended, 'the end of the server');
    assert.equal(ended.code, 0);
    await Promise.all(streams.map((stream) => stream.untilClosed()));
    for (const stream of streams) assert.equal(stream.response.complete, true, 'a clean end, not a reset');
  });
});

describe('a quiet stream', () => {
  it('carries a comment every 20 s', async () => {
    const commented = () => parseEvents(quiet.stream.text).some((event) => event.comment !== undefined);
    await until(commented, 'a comment', Math.max(0, 23_000 - (performance.now() - quiet.begin)));
    assert.equal(quiet.stream.events.length, 2, 'and nothing else');
  });
});
