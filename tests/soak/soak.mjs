// Shared by the soak tests: claims with figures, cheap clients, and measurements of the server's process.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import net from 'node:net';

export const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));
const ascending = (numbers) => [...numbers].sort((a, b) => a - b);
export const quantile = (numbers, part) => ascending(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * part))];
export const median = (numbers) => quantile(numbers, 0.5);
export const ms = (number) => `${number < 10 ? number.toFixed(1) : Math.round(number)} ms`;
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`;

/** Prints one line: `prove` resolves with the figures for the claim, or rejects with the reason why it does not hold. */
export async function claim(what, prove) {
  try {
    console.log(`PASS  ${what} (${await prove()})`);
  } catch (failure) {
    process.exitCode = 1;
    console.log(`FAIL  ${what}: ${failure.message.split('\n')[0]}`);
  }
}

export async function timed(work) {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** How long each of `count` calls took, one after the other. */
export async function timeEach(count, work) {
  const times = [];
  for (let i = 0; i < count; i += 1) times.push(await timed(() => work(i)));
  return times;
}

/** Calls `work(i)` for i below `count`, `width` at a time, and resolves with the results in order. */
export async function inParallel(count, width, work) {
  const results = new Array(count);
  let next = 0;
  const worker = async () => {
    for (;;) {
      const i = next;
      next += 1;
      if (i >= count) return;
      results[i] = await work(i);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

/** Repeats `work` until `stop()` is called, which resolves with the duration of each run. */
export function meanwhile(work, every = 20) {
  let isOn = true;
  const repeat = async () => {
    const times = [];
    while (isOn) {
      times.push(await timed(work));
      await pause(every);
    }
    return times;
  };
  const times = repeat();
  times.catch(() => {});  // the caller of stop() gets the error
  return { stop() { isOn = false; return times; } };
}

/** A verification over a new connection, as other clients make it meanwhile. */
export const verifyFresh = (server, token) => async () => {
  assert.equal((await server.get('/api/auth/verify', { token, agent: false })).status, 200);
};

/** Resolves with a connected socket with the address 127.0.0.<from>, which discards what it receives. */
export function connectFrom(port, from = 1) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${from}` });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.openedAt = performance.now();
      socket.gone = new Promise((done) => socket.once('close', () => {
        socket.lived = performance.now() - socket.openedAt;
        done(socket.lived);
      }));
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** `count` connected sockets, and `begin` sent on each. */
export function connectMany(port, count, begin) {
  return inParallel(count, 50, async (i) => {
    const socket = await connectFrom(port, 2 + (i % 100));
    socket.resume();
    if (begin !== undefined) socket.write(begin);
    return socket;
  });
}

/** Sends the bytes of `rest` repeatedly, one a second on each socket, until all are closed; resolves with their lifetimes. */
export async function dripUntilClosed(sockets, rest) {
  const parts = 10;
  let turn = 0;
  const drip = setInterval(() => {
    const byte = rest.subarray(Math.floor(turn / parts) % rest.length).subarray(0, 1);
    for (let i = turn % parts; i < sockets.length; i += parts) if (!sockets[i].destroyed) sockets[i].write(byte);
    turn += 1;
  }, 1000 / parts);
  const lives = await Promise.all(sockets.map((socket) => socket.gone));
  clearInterval(drip);
  return lives;
}

/** Throws unless every one was closed at its deadline; the server checks twice a second. */
export function closedAt(deadline, lives) {
  const [first, last] = [Math.min(...lives), Math.max(...lives)];
  assert.ok(first > deadline - 300, `one was closed after ${seconds(first)}`);
  assert.ok(last < deadline + 2500, `one was closed only after ${seconds(last)}`);
  return `${lives.length} closed after ${seconds(first)} to ${seconds(last)}`;
}

export const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;
/** Counts only sockets, since the store opens files as needed. */
export function sockets(pid) {
  const isSocket = (name) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${name}`).startsWith('socket:');
    } catch {
      return false;
    }
  };
  return readdirSync(`/proc/${pid}/fd`).filter(isSocket).length;
}
export const residentMegabytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

/** Processor time that the process has used, in milliseconds. */
function processorTime(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The part of a core that the process uses during `milliseconds`. */
export async function processorShare(pid, milliseconds) {
  const [before, begin] = [processorTime(pid), performance.now()];
  await pause(milliseconds);
  return (processorTime(pid) - before) / (performance.now() - begin);
}
export const percent = (share) => `${(share * 100).toFixed(1)} %`;
