// `auth-server stub` as test suites use it: the time from start to the first answer, compared with npm's
// oauth2-mock-server, and the time to reset a world between two tests.
import { startNode, startStub } from '../processes.mjs';
import { interleave, median, medianOf, milliseconds, times } from '../measuring.mjs';

const starts = 20;
const calls = 200;
const seed = { users: Array.from({ length: 10 }, (_, number) => ({ email: `user${number}@example.org`, password: 'correct horse battery' })) };

/** Includes the time that this process needs to spawn the server and to connect. */
async function timeOfStart(start, path) {
  const begin = performance.now();
  const server = await start();
  const answer = await fetch(server.origin + path);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const time = performance.now() - begin;
  await server.stop();
  return { time };
}

async function measureStart(print) {
  const { stub, mock } = await interleave({
    stub: () => timeOfStart(() => startStub({ seed }), '/__test/state'),
    mock: () => timeOfStart(() => startNode('oauth2_mock.mjs'), '/.well-known/openid-configuration'),
  }, starts);
  const [own, other] = [medianOf(stub, 'time'), medianOf(mock, 'time')];
  print({
    what: `stub: start to first answer, 10 seeded users, median of ${starts}`,
    result: milliseconds(own),
    against: `${milliseconds(other)} npm's oauth2-mock-server (no users, no sessions)`,
    ratio: times(other / own),
    wanted: 'ready < 20 ms',
    command: 'auth-server stub --seed users.json; GET /__test/state',
  });
}

async function control(server, path, body) {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${server.origin}/__test/${path}`, { method: 'POST', headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function timeOf(server, path) {
  const spent = [];
  for (let i = 0; i < calls; ++i) {
    await control(server, 'tokens', { user: 'user3@example.org' });
    const begin = performance.now();
    await control(server, path);
    spent.push(performance.now() - begin);
  }
  return `${milliseconds(median(spent))} (slowest of ${calls}: ${milliseconds(Math.max(...spent))})`;
}

async function measureResets(print) {
  const server = await startStub({ seed });
  const rows = { reset: 'reset', 'saving a snapshot': 'snapshots/one', 'restoring a snapshot': 'snapshots/one/restore' };
  for (const [name, path] of Object.entries(rows)) {
    print({
      what: `stub: ${name}, 10 users, one client's round trip included`,
      result: await timeOf(server, path),
      wanted: '< 5 ms',
      command: `POST /__test/${path}`,
    });
  }
  await server.stop();
}

export const measurements = [measureStart, measureResets];
