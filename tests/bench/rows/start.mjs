// The time from start to the first answer, and the resident memory of an idle server.
import { startAuthServer, temporaryDirectory } from '../processes.mjs';
import { median, milliseconds, register, sleep } from '../measuring.mjs';

const starts = 20;

/** Includes the time that this process needs to spawn the server and to connect. */
async function timeOfStart(directory) {
  const begin = performance.now();
  const server = await startAuthServer({ directory });
  await fetch(`${server.origin}/healthz`);
  const took = performance.now() - begin;
  await server.stop();
  return took;
}

async function measureStart(print) {
  const directory = temporaryDirectory();
  const fresh = await timeOfStart(directory);
  const times = [];
  for (let i = 0; i < starts; ++i) times.push(await timeOfStart(directory));
  print({
    what: `start to first answer, median of ${starts}`,
    result: `${milliseconds(median(times))} (the first one ever, which makes the database: ${milliseconds(fresh)})`,
    wanted: '< 50 ms',
    command: 'auth-server; GET /healthz',
  });
}

async function measureMemory(print) {
  const server = await startAuthServer();
  await fetch(`${server.origin}/healthz`);
  const unused = server.residentKiB;
  await register(server, 1);
  await sleep(1500);
  print({
    what: 'resident memory when idle',
    result: `${(unused / 1024).toFixed(1)} MiB (after a registration: ${(server.residentKiB / 1024).toFixed(1)} MiB)`,
    wanted: '< 16 MiB',
    command: 'VmRSS in /proc/PID/status',
  });
}

export const measurements = [measureStart, measureMemory];
