// The alternatives: the ancestor's design on Node (node/ancestor.mjs), and better-auth on SQLite
// (node/better_auth.mjs). All servers commit durably (synchronous=FULL).
import { startAuthServer, startNode, temporaryDirectory } from '../processes.mjs';
import { credentials, freshTokens, getRequest, interleave, load, loadCommand, loaderCore, loginRequests, medianOf, milliseconds, perSecond, register, rounds, serverCore, sleep, times, verifyRequest } from '../measuring.mjs';

const repeats = Math.min(rounds, 3);
const connections = 32;
const loginClients = 4;
const signIn = '/api/auth/sign-in/email';
const starters = {
  own: (options) => startAuthServer(options),
  ancestor: (options) => startNode('ancestor.mjs', options),
  betterAuth: (options) => startNode('better_auth.mjs', options),
};

/** Registers a user with better-auth; resolves with the session cookie. */
async function signUp(server, number) {
  const body = JSON.stringify({ ...credentials(number), name: `User ${number}` });
  const headers = { 'Content-Type': 'application/json', Origin: server.origin };
  const answer = await fetch(`${server.origin}/api/auth/sign-up/email`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`better-auth: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
  return answer.headers.getSetCookie()[0].split(';')[0];
}

const names = { ancestor: "the ancestor's design on Node", betterAuth: 'better-auth' };
const moreIsBetter = (own, other) => times(own / other);
const lessIsBetter = (own, other) => times(other / own);

function line(print, what, { own, ...others }, { format, compare = moreIsBetter, command }) {
  print({
    what,
    result: format(own),
    against: Object.entries(others).map(([name, other]) => `${format(other)} ${names[name]}`).join('; '),
    ratio: Object.values(others).map((other) => compare(own, other)).join('; '),
    command,
  });
}

const medians = (results, field) => Object.fromEntries(Object.entries(results).map(([name, list]) => [name, medianOf(list, field)]));

async function measureVerify(print) {
  const [own, ancestor, betterAuth] = await Promise.all(Object.values(starters).map((start) => start({ core: serverCore })));
  const [[ownUser], [ancestorUser], cookie] = [await register(own, 1), await register(ancestor, 1), await signUp(betterAuth, 0)];
  const ask = (server, input) => () => load('repeat', server, { connections, input, core: loaderCore });
  const results = await interleave({
    own: ask(own, verifyRequest(ownUser)),
    ancestor: ask(ancestor, verifyRequest(ancestorUser)),
    betterAuth: ask(betterAuth, getRequest('/api/auth/get-session', { Cookie: cookie })),
  }, repeats);
  line(print, 'is this session alive? one core, 32 connections', medians(results), {
    format: perSecond,
    command: loadCommand('repeat', connections, 'verify.http', { pinned: true }),
  });
}

async function measureSignIns(print) {
  const [own, ancestor, betterAuth] = await Promise.all(Object.values(starters).map((start) => start({})));
  for (const server of [own, ancestor]) await register(server, loginClients);
  for (let number = 0; number < loginClients; ++number) await signUp(betterAuth, number);
  const ask = (server, path) => () => load('repeat', server, { connections: loginClients, input: loginRequests(loginClients, path) });
  const results = await interleave({ own: ask(own), ancestor: ask(ancestor), betterAuth: ask(betterAuth, signIn) }, repeats);
  line(print, `sign-ins, all cores, ${loginClients} clients, bcrypt cost 10 (better-auth: its scrypt)`, medians(results), {
    format: (rate) => `${rate.toFixed(1)}/s`,
    command: loadCommand('repeat', loginClients, 'logins.http'),
  });
}

async function measureRefreshes(print) {
  const [own, ancestor] = await Promise.all([starters.own({}), starters.ancestor({})]);
  for (const server of [own, ancestor]) await register(server, connections);
  const refresh = (server) => async () =>
    load('refresh', server, { connections, input: await freshTokens(server, connections) });
  const results = await interleave({ own: refresh(own), ancestor: refresh(ancestor) }, repeats);
  line(print, `refreshes, ${connections} clients, durable (better-auth has none)`, medians(results), {
    format: perSecond,
    command: loadCommand('refresh', connections, 'tokens'),
  });
}

async function startOnce(start, directory) {
  const begin = performance.now();
  const server = await start({ directory });
  await fetch(`${server.origin}/api/auth/get-session`).then((answer) => answer.arrayBuffer());
  const time = performance.now() - begin;
  await sleep(300);
  const resident = server.residentKiB / 1024;
  await server.stop();
  return { time, resident };
}

async function measureStart(print) {
  const directories = Object.fromEntries(Object.keys(starters).map((name) => [name, temporaryDirectory()]));
  const results = await interleave(
    Object.fromEntries(Object.entries(starters).map(([name, start]) => [name, () => startOnce(start, directories[name])])),
    repeats + 2,
  );
  line(print, 'start to first answer', medians(results, 'time'), {
    format: milliseconds,
    compare: lessIsBetter,
    command: 'the server; GET /api/auth/get-session',
  });
  line(print, 'resident memory when idle', medians(results, 'resident'), {
    format: (size) => `${size.toFixed(0)} MiB`,
    compare: lessIsBetter,
    command: 'VmRSS in /proc/PID/status',
  });
}

export const measurements = [measureVerify, measureSignIns, measureRefreshes, measureStart];
