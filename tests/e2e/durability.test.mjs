// kill -9 under load: what was answered is there afterwards, and what ended stays ended.
import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { start, temporaryDirectory, until } from './server.mjs';

const directory = temporaryDirectory();
let server;
after(() => server?.kill());

/** Everything that the server has answered, across all its lives. */
const acknowledged = { alive: [], ended: [] };

/** Works until the server is gone; what comes after the last answer counts for nothing. */
async function untilGone(work) {
  try {
    for (;;) await work();
  } catch (failure) {
    if (failure.code === 'ERR_ASSERTION') throw failure;
  }
}

async function loadUntilKilled() {
  const keeper = await server.register();
  const rotating = await server.register();
  acknowledged.alive.push(keeper);
  let previous;
  let current = rotating.refreshToken;
  const before = acknowledged.alive.length + acknowledged.ended.length;
  const post = async (path, json, token) => {
    const answer = await server.post(path, json, { token });
    assert.equal(answer.status, 200, answer.text);
    return answer;
  };
  const work = [
    untilGone(async () => acknowledged.alive.push(await server.register())),
    untilGone(async () => acknowledged.alive.push(await server.login(keeper))),
    untilGone(async () => {
      const session = await server.login(keeper);
      await post('/api/sessions/terminate', { sessionId: session.sessionId }, keeper.accessToken);
      acknowledged.ended.push(session);
    }),
    untilGone(async () => {
      const session = await server.login(keeper);
      await post('/api/auth/logout', undefined, session.accessToken);
      acknowledged.ended.push(session);
    }),
    untilGone(async () => {
      const answer = await post('/api/auth/refresh', { refreshToken: current });
      previous = current;
      current = answer.data.refreshToken;
    }),
  ];
  await until(() => previous && acknowledged.alive.length + acknowledged.ended.length >= before + 6, 'some load');
  await server.kill();
  await Promise.all(work);
  return { keeper, rotating, previous };
}

for (let life = 1; life <= 5; life += 1) {
  it(`life ${life}: all that was answered survives kill -9`, async () => {
    server = await start({ directory });
    const { keeper, rotating, previous } = await loadUntilKilled();
    server = await start({ directory });
    assert.equal((await server.get('/readyz')).status, 200);
    for (const session of acknowledged.alive) assert.equal(await server.verify(session.accessToken), 200);
    for (const session of acknowledged.ended) {
      assert.equal((await server.get('/api/auth/me', { token: session.accessToken })).code, 'SESSION_TERMINATED');
      assert.equal((await server.refresh(session.refreshToken)).code, 'TOKEN_INVALID');
    }
    const { data } = await server.get('/api/sessions', { token: keeper.accessToken });
    const listed = new Set(data.sessions.map((session) => session.id));
    for (const session of acknowledged.ended) assert.ok(!listed.has(session.sessionId));
    // Had the last answered rotation been lost, the token before it would be good again.
    const reused = await server.post('/api/auth/refresh', { refreshToken: previous });
    assert.equal(reused.code, 'TOKEN_REUSE_DETECTED', reused.text);
    assert.equal(await server.verify(rotating.accessToken), 401);
    await server.kill();
    server = await start({ directory });
    assert.equal(await server.verify(rotating.accessToken), 401, 'an ending survives kill -9 at once');
    assert.equal((await server.refresh(keeper.refreshToken)).status, 200);
    assert.equal((await server.stop()).code, 0);
  });
}
