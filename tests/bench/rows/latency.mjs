// The latency of GET /api/auth/verify while logins keep the hashing threads busy, and on an idle server.
import { startAuthServer } from '../processes.mjs';
import { interleave, load, loadCommand, loginRequests, medianOf, milliseconds, register, seconds, times, verifyRequest } from '../measuring.mjs';

const loginClients = 16;

async function compare(print, shape, how) {
  const server = await startAuthServer();
  const [user] = await register(server, loginClients);
  const input = verifyRequest(user);
  const verify = () => load('repeat', server, { ...shape, input });
  const results = await interleave({ idle: verify, busy: () => whileLoggingIn(server, verify) });
  const p99 = { idle: medianOf(results.idle, 'p99') / 1000, busy: medianOf(results.busy, 'p99') / 1000 };
  print({
    what: `p99 of GET /api/auth/verify while ${loginClients} clients log in (${how})`,
    result: milliseconds(p99.busy),
    against: `${milliseconds(p99.idle)} without logins`,
    ratio: times(p99.busy / p99.idle),
    wanted: '≤ 5, and < 20 ms',
    command: `${loadCommand('repeat', shape.connections, 'verify.http', shape)}; load repeat PORT ${loginClients} ${seconds + 1} 0 < logins.http`,
  });
}

/** The logins begin before the measurement and end after it. */
async function whileLoggingIn(server, measurement) {
  const logins = load('repeat', server, { connections: loginClients, input: loginRequests(loginClients), time: seconds + 1 });
  await new Promise((resume) => setTimeout(resume, 400));
  const [result] = await Promise.all([measurement(), logins]);
  return result;
}

// At a fixed rate, since a loader that waits for each answer sends nothing meanwhile and so misses most slow answers.
export const measurements = [2000, 5000].map((rate) =>
  (print) => compare(print, { connections: 32, rate }, `${rate.toLocaleString('en')} a second, timed from when each is due`));
