// Ten thousand open event streams: their cost, and the duration of one broadcast to all of them.
import { converse, startAuthServer, startProgram } from '../processes.mjs';
import { credentials, interleave, load, loadCommand, loaderCore, median, medianOf, milliseconds, perSecond, post, register, rounds, serverCore, sleep, times, verifyRequest, whole } from '../measuring.mjs';

const count = Number(process.env.BENCH_STREAMS ?? 10_000);
const idleSeconds = Math.min(20, 7 * Number(process.env.BENCH_SECONDS ?? 3));  // one heartbeat of every stream
const perUser = 1000;  // as many as a configuration may allow
const settings = { max_connections: count + 200, max_connections_per_address: count + 200, max_streams_per_user: perUser };
const connections = 32;

async function broadcast(streams, others) {
  const results = [];
  for (const other of others) {
    results.push(await streams.ask(`end ${other}`));
    await sleep(200);
  }
  return results;
}

async function idleShare(server) {
  const before = server.processorSeconds;
  await sleep(idleSeconds * 1000);
  return (server.processorSeconds - before) / idleSeconds;
}

/** More sessions of the user whose streams are open; ending them keeps the streams open. */
async function otherSessions(server) {
  const sessions = [];
  for (let i = 0; i < rounds; ++i) {
    const signedIn = await post(server, '/api/auth/login', credentials(0));
    sessions.push(signedIn.sessions.find((session) => session.current).id);
  }
  return sessions;
}

async function openStreams(server, users) {
  const streams = converse('stream_load', [server.port, count], { core: loaderCore });
  const { open, milliseconds: took } = await streams.ask(users.map((user) => user.accessToken).join(' '));
  if (open < count) throw new Error(`only ${open} of ${count} streams opened`);
  return { streams, took };
}

async function measureCost(print) {
  const busy = await startAuthServer({ settings, core: serverCore });
  const quiet = await startAuthServer({ settings, core: serverCore });
  const busyUsers = await register(busy, Math.ceil(count / perUser));
  const [quietUser] = await register(quiet, 1);
  const ask = (server, user) => () => load('repeat', server, { connections, input: verifyRequest(user), core: loaderCore });
  await ask(busy, busyUsers[0])();

  const before = busy.residentKiB;
  const { streams, took } = await openStreams(busy, busyUsers);
  const each = (busy.residentKiB - before) / count;
  const command = `stream_load PORT ${count}`;
  print({ what: `${whole(count)} open event streams: resident memory each`, result: `${each.toFixed(2)} KiB (all opened in ${milliseconds(took)})`, wanted: '≤ 8 KiB', command });
  print({
    what: `processor time with ${whole(count)} idle streams, heartbeats included`,
    result: `${((await idleShare(busy)) * 100).toFixed(2)} % of a core over ${idleSeconds} s`,
    wanted: '< 2 %',
    command,
  });

  const results = await interleave({ busy: ask(busy, busyUsers[0]), quiet: ask(quiet, quietUser) });
  const rate = { busy: medianOf(results.busy), quiet: medianOf(results.quiet) };
  print({
    what: `GET /api/auth/verify with ${whole(count)} open streams`,
    result: perSecond(rate.busy),
    against: `${perSecond(rate.quiet)} without`,
    ratio: times(rate.busy / rate.quiet),
    wanted: '≥ 0.9',
    command: loadCommand('repeat', connections, 'verify.http', { pinned: true }),
  });
}

/** All streams are of one user, which is more than a configuration may allow. */
async function measureBroadcast(print) {
  const server = await startProgram('bench_server', [128, count], { core: serverCore });
  const { streams } = await openStreams(server, await register(server, 1));
  const told = await broadcast(streams, await otherSessions(server));
  const durations = told.map((one) => one.milliseconds);
  const lost = told.reduce((sum, one) => sum + count - one.delivered, 0);
  print({
    what: `one broadcast to ${whole(count)} streams of one user: from the request that causes it, its commit included, to the last reader`,
    result: `${milliseconds(median(durations))} (slowest of ${told.length}: ${milliseconds(Math.max(...durations))}), ${lost} lost`,
    wanted: '≤ 250 ms, none lost',
    command: `bench_server 128 ${count}; stream_load PORT ${count}: end SESSION`,
  });
}

export const measurements = [measureCost, measureBroadcast];
