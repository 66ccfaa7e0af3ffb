// Tests kill -9 at random moments under load: every acknowledged change survives, an unanswered one has happened
// completely or not at all, ended sessions stay ended, and the file is consistent.
//
// KILLS (20) in the environment sets the number of kills. SEED repeats the choices of an earlier run, but not its
// timing.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { launch, program, secret, start, temporaryDirectory, within, writeConfiguration } from '../e2e/server.mjs';
import { checkFile } from './database_file.mjs';
import { Person, windowSeconds } from './person.mjs';
import { Random, chooseSeed } from './random.mjs';

const kills = Number(process.env.KILLS ?? 20);
const connections = 16;
const seed = chooseSeed();
const random = new Random(seed);
const directory = temporaryDirectory();
let server;
after(() => server?.process.child.kill('SIGKILL'));

/** Retired users send no more requests; what they were promised must still hold. */
const people = Array.from({ length: connections }, newPerson);
const retired = [];
const tally = { duringStart: 0, carriedOut: 0, notCarriedOut: 0 };

function newPerson() {
  return new Person(new Random(random.between(0, 2 ** 32 - 1)));
}

/** With and without a reuse window, since a retry gets different answers (refresh_reuse_window_seconds). */
function rulesOf(life) {
  return life % 2 === 0 ? { window: false, scope: 'user' } : { window: true, scope: 'session' };
}

function settingsOf({ window, scope }) {
  return { refresh_reuse_window_seconds: window ? windowSeconds : 0, reuse_scope: scope, access_token_expiry_minutes: 1440 };
}

/** Kills a server before its first output, perhaps while it recovers the write-ahead log. */
async function killDuringStart() {
  const process = launch(program, ['--listen', '127.0.0.1:0'], { directory });
  await new Promise((resume) => setTimeout(resume, random.next() * 20));
  process.child.kill('SIGKILL');
  await within(process.ended, 'the end of a server killed during its start');
  tally.duringStart += 1;
}

/** All users work until there are `answers` answers; shortly afterwards the server is killed. */
async function loadAndKill(answers) {
  let killed = false;
  let enough;
  const reached = new Promise((resolve) => { enough = resolve; });
  const work = people.map(async (_, place) => {
    while (!killed) {
      if (people[place].isRegistered && random.chance(0.01)) retired.push(people.splice(place, 1, newPerson())[0]);
      try {
        await people[place].act(server);
      } catch (failure) {
        if (!killed || failure.code === 'ERR_ASSERTION') throw failure;
        return;
      }
      answers -= 1;
      if (answers === 0) enough();
    }
  });
  await Promise.race([reached, Promise.all(work)]);
  await new Promise((resume) => setTimeout(resume, random.next() * 4));
  killed = true;
  server.process.child.kill('SIGKILL');
  await within(server.process.ended, 'the end of the killed server');
  await Promise.all(work);
  server.disconnect();
}

/** Checks a copy, because the server itself has to recover the write-ahead log. */
function checkCopy() {
  const copies = mkdtempSync(join(tmpdir(), 'auth-server-copy-'));
  try {
    for (const name of ['auth.db', 'auth.db-wal']) copyFileSync(join(directory, name), join(copies, name));
    checkFile(join(copies, 'auth.db'));
  } finally {
    rmSync(copies, { recursive: true });
  }
}

async function checkPromises(rules, some) {
  await Promise.all([...people, ...(some ? random.sample(retired, 3) : retired)].map(async (person) => {
    const done = await person.resolve(server, rules);
    if (done !== undefined) tally[done ? 'carriedOut' : 'notCarriedOut'] += 1;
    await person.check(server, rules, some ? 4 : Infinity);
  }));
}

it(`${kills} times kill -9 under load: every answered change is kept, and no change is partial`, async (t) => {
  t.diagnostic(`seed ${seed}`);
  writeConfiguration(directory, { jwt_secret: secret });
  await killDuringStart();
  for (let life = 0; life < kills; life += 1) {
    const rules = rulesOf(life);
    server = await start({ directory, settings: settingsOf(rules) });
    await checkPromises(rules, true);
    await loadAndKill(random.between(1, 200));
    checkCopy();
    if (random.chance(0.2)) await killDuringStart();
  }
  const rules = rulesOf(kills);
  server = await start({ directory, settings: settingsOf(rules) });
  assert.equal((await server.get('/readyz')).status, 200);
  await checkPromises(rules, false);
  assert.equal((await server.stop()).code, 0);
  const acknowledged = [...people, ...retired].reduce((sum, person) => sum + person.acknowledged, 0);
  t.diagnostic(`${kills} kills under load and ${tally.duringStart} during a start; ${acknowledged} answers held against ` +
    `the server; of the requests without one ${tally.carriedOut} had been carried out, ${tally.notCarriedOut} had not`);
});
