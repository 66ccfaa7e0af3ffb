// Shared by the rows: interleaved rounds, medians, and users to measure with.
import { run } from './processes.mjs';

export const seconds = Number(process.env.BENCH_SECONDS ?? 3);
export const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
export const serverCore = 0;
export const loaderCore = 1;
export const password = 'correct horse battery';

const afterRun = 700;  // milliseconds for the server to finish its pending work, which would slow the next run

export const sleep = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs each of the named measurements once per round, in turn, so that other activity on the machine affects all alike:
 * {name: [result of each round]}.
 */
export async function interleave(measurements, count = rounds) {
  const results = Object.fromEntries(Object.keys(measurements).map((name) => [name, []]));
  for (let round = 0; round < count; ++round) {
    for (const [name, measure] of Object.entries(measurements)) {
      results[name].push(await measure());
      await sleep(afterRun);
    }
  }
  return results;
}

/** The median of one field of the results. */
export const medianOf = (results, field = 'perSecond') => median(results.map((result) => result[field]));

/** Runs `load`; throws if requests failed or nothing was answered. */
export async function load(mode, server, { connections, input, rate = 0, core, time = seconds }) {
  const result = await run('load', [mode, server.port, connections, time, rate], { input, core });
  if (result.failures > 0) throw new Error(`${result.failures} requests failed`);
  if (result.perSecond === 0) throw new Error('nothing was answered in time');
  return result;
}

/** The command that is printed with a row. */
export function loadCommand(mode, connections, input, { rate = 0, pinned = false } = {}) {
  return `${pinned ? `taskset -c ${loaderCore} ` : ''}load ${mode} PORT ${connections} ${seconds} ${rate} < ${input}`;
}

export const whole = (value) => Math.round(value).toLocaleString('en');
export const perSecond = (value) => `${whole(value)}/s`;
export const times = (value) => value.toFixed(2);
export const milliseconds = (value) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

export async function post(server, path, body, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(server.origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const { data, error } = await answer.json();
  if (!answer.ok) throw new Error(`${path}: ${error}`);
  return data;
}

export const credentials = (number) => ({ email: `user${number}@example.org`, password });

/** Registers `count` new users: [{accessToken, refreshToken, ...}]. */
export async function register(server, count) {
  const users = [];
  for (let number = 0; number < count; ++number)
    users.push(await post(server, '/api/auth/register', { ...credentials(number), delivery: 'body' }));
  return users;
}

/** New sessions of the first `count` users, for `load refresh`: one refresh token per line. */
export async function freshTokens(server, count) {
  const signIns = Array.from({ length: count }, (_, number) => post(server, '/api/auth/login', { ...credentials(number), delivery: 'body' }));
  return (await Promise.all(signIns)).map((signIn) => `${signIn.refreshToken}\n`).join('');
}

/** A complete HTTP request, for `load repeat`. */
export const getRequest = (path, headers) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;

export function postRequest(path, body) {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

export const verifyRequest = (user) => getRequest('/api/auth/verify', { Authorization: `Bearer ${user.accessToken}` });

/** The logins of `count` users, one after another. */
export const loginRequests = (count, path = '/api/auth/login') =>
  Array.from({ length: count }, (_, number) => postRequest(path, credentials(number))).join('\0');
