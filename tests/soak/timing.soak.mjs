// The duration of a refused login reveals nothing: unknown user, wrong password, disabled account, a hash of a lower
// cost and a password over 72 bytes, interleaved, one at a time. The same holds for logins that a limit refuses.
import assert from 'node:assert/strict';
import { cookieOf, goodPassword } from '../e2e/client.mjs';
import { run, start } from '../e2e/server.mjs';
import { claim, median, ms, timed } from './soak.mjs';

const samples = Number(process.env.TIMING_SAMPLES ?? 300);
// Two equal classes differ by more than this in one of 150,000 cases (normal distribution, two-sided).
const greatestZ = 4.5;

/** The difference between the ranks of two samples, in standard deviations (Mann and Whitney, 1947). */
function mannWhitney(a, b) {
  const all = [...a.map((value) => ({ value, mine: true })), ...b.map((value) => ({ value, mine: false }))];
  all.sort((x, y) => x.value - y.value);
  const rankSum = all.reduce((sum, { mine }, index) => sum + (mine ? index + 1 : 0), 0);
  const u = rankSum - (a.length * (a.length + 1)) / 2;
  const mean = (a.length * b.length) / 2;
  return (u - mean) / Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
}

// One account is created at cost 10, everything else at 11.
const older = await start();
const old = await older.register();
await older.stop();
const server = await start({ directory: older.directory, settings: { bcrypt_rounds: '11' } });
const user = await server.register();
const gone = await server.register();
assert.equal((await run(['user', 'disable', gone.email], { directory: server.directory })).code, 0);

const classes = {
  'wrong password': { email: user.email, password: 'not the password' },
  'unknown user': { email: 'nobody@example.org', password: goodPassword },
  'disabled account': { email: gone.email, password: goodPassword },
  'older cost': { email: old.email, password: 'not the password' },
  'over 72 bytes': { email: user.email, password: 'x'.repeat(100) },
};
const names = Object.keys(classes);
const times = Object.fromEntries(names.map((name) => [name, []]));

const attempt = async (name) => {
  const took = await timed(async () => assert.equal((await server.post('/api/auth/login', classes[name])).status, 401));
  times[name].push(took);
};
for (const name of names) await attempt(name);  // the first login of each class does work that the others need not repeat
for (const name of names) times[name] = [];
for (let round = 0; round < samples; round += 1) {
  // A different order in each round, so that no class always follows the same one.
  for (let i = 0; i < names.length; i += 1) await attempt(names[(i * (1 + (round % 4)) + round) % names.length]);
}

const reference = times[names[0]];
for (const name of names.slice(1)) {
  await claim(`a login that is refused for "${name}" takes as long as for "${names[0]}"`, async () => {
    const [here, there] = [median(times[name]), median(reference)];
    const z = mannWhitney(times[name], reference);
    const figures = `${samples} of each, medians ${ms(here)} and ${ms(there)}, ${((here / there - 1) * 100).toFixed(2)} %, z = ${z.toFixed(2)}`;
    assert.ok(Math.abs(here / there - 1) < 0.05 && Math.abs(z) < greatestZ, figures);
    return figures;
  });
}
await server.stop();

// Logins that are refused because strangers have used up an account's limit: the known addresses are looked up either
// way.
const limits = { rate_limits: 'on', rate_limit_account: '5/24h', rate_limit_logins: 'off', trusted_proxies: '127.0.0.1' };
const limited = await start({ settings: limits });
const known = await limited.register();
const eve = await limited.post('/api/auth/register', { email: 'eve@example.org', password: goodPassword });
const foreign = { Cookie: `device=${cookieOf(eve, 'device')}` };
const refusals = {
  'an account': { email: known.email },
  'no account': { email: 'nobody@example.org' },
  'an account, with another one\'s device cookie': { email: known.email, headers: foreign },
  'no account, with another one\'s device cookie': { email: 'nobody@example.org', headers: foreign },
};
const refuse = async ({ email, headers }, address, status) => {
  const fields = { 'X-Forwarded-For': address, ...headers };
  return timed(async () => assert.equal((await limited.post('/api/auth/login', { email, password: 'not the password' }, { headers: fields })).status, status));
};
for (const email of [known.email, 'nobody@example.org']) {
  for (let i = 0; i < 5; i += 1) await refuse({ email }, `198.51.100.${i}`, 401);
}
const kinds = Object.keys(refusals);
const waits = Object.fromEntries(kinds.map((kind) => [kind, []]));
for (let round = 0; round < samples * 4; round += 1) {
  for (let i = 0; i < kinds.length; i += 1) {
    const kind = kinds[(i * (1 + 2 * (round % 2)) + round) % kinds.length];
    waits[kind].push(await refuse(refusals[kind], '192.0.2.1', 429));
  }
}
for (const [kind, other] of [[kinds[0], kinds[1]], [kinds[2], kinds[3]]]) {
  await claim(`a login that is limited for "${kind}" takes as long as for "${other}"`, async () => {
    const [here, there] = [median(waits[kind]), median(waits[other])].map((time) => time * 1000);
    const figures = `${samples * 4} of each, medians ${here.toFixed(1)} and ${there.toFixed(1)} µs`;
    assert.ok(Math.abs(here - there) < 30, figures);
    return figures;
  });
}
await limited.stop();
