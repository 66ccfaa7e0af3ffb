// Tests `auth-server backup FILE` beside a server under load: everything answered before it began is in the file, and
// the file is consistent. (restored_backup_test.cpp tests tokens after an older backup is restored.)
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { start, temporaryDirectory } from '../e2e/server.mjs';
import { checkFile } from './database_file.mjs';
import { Person } from './person.mjs';
import { Random, chooseSeed } from './random.mjs';

const settings = { access_token_expiry_minutes: 1440 };
const rules = { window: false, scope: 'user' };
const busy = 12;
const settled = 4;

it('a backup under full load contains every change answered before it, and no partial change', async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`seed ${seed}`);
  const random = new Random(seed);
  const newPeople = (count) => Array.from({ length: count }, () => new Person(new Random(random.between(0, 2 ** 32 - 1))));
  const server = await start({ settings });

  let done = false;
  const load = newPeople(busy).map(async (person) => {
    while (!done) await person.act(server);
  });
  const backups = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const people = newPeople(settled);
    await Promise.all(people.map(async (person) => { for (let n = 0; n < 25; n += 1) await person.act(server); }));
    const file = join(temporaryDirectory(), 'backup.db');
    await server.command(['backup', file]);
    backups.push({ file, people });
  }
  done = true;
  await Promise.all(load);
  assert.equal((await server.stop()).code, 0);

  for (const { file, people } of backups) {
    checkFile(file);
    const directory = temporaryDirectory();
    copyFileSync(file, join(directory, 'auth.db'));
    const restored = await start({ directory, settings });
    for (const person of people) await person.check(restored, rules);
    assert.equal((await restored.stop()).code, 0);
  }
});
