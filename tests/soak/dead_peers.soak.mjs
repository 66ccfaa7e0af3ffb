// Clients with event streams that vanish without closing: within two heartbeats their streams end and their places are
// free.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { launch, start, temporaryDirectory, until, within } from '../e2e/server.mjs';
import { openStream } from '../e2e/stream.mjs';
import { claim, pause, seconds, sockets } from './soak.mjs';

const count = 20;
const twoHeartbeats = 40_000;
const client = fileURLToPath(new URL('vanishing_client.py', import.meta.url));

const server = await start({ settings: { max_streams_per_user: String(count) } });
const user = await server.register();
const statusOfStream = () => server.get('/api/events', { token: user.accessToken, agent: false }).then(({ status }) => status);

await claim(`${count} clients that vanish free the places of their streams within two heartbeats`, async () => {
  const vanishing = launch('python3', [client, String(server.port), user.accessToken, String(count)], { directory: temporaryDirectory() });
  const hasSaid = (word) => until(() => vanishing.stdout.includes(word), `"${word}"`, 20_000);
  await hasSaid('open');
  assert.equal(await statusOfStream(), 429, 'the places are taken');
  await pause(3000);  // somewhere between two heartbeats
  const open = sockets(server.pid);
  vanishing.child.stdin.write('\n');
  await hasSaid('gone');
  const begin = performance.now();
  await until(() => sockets(server.pid) <= open - count, 'the end of every stream', 3 * twoHeartbeats);
  const took = performance.now() - begin;
  assert.ok(took < twoHeartbeats, `it took ${seconds(took)}`);
  const stream = await openStream(server, { token: user.accessToken });
  await stream.next('SESSIONS_UPDATED');
  stream.close();
  vanishing.child.stdin.end();
  await within(vanishing.ended, 'the end of the client');
  return `noticed after ${seconds(took)}`;
});
await claim('afterwards the server stops cleanly', async () => {
  assert.equal((await server.stop()).code, 0);
  return 'exit code 0';
});
