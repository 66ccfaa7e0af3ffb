// Checks that a database file is consistent, with the checks of SQLite.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

export function checkFile(path) {
  const found = execFileSync('sqlite3', [path,
    'PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT id FROM sessions WHERE id NOT IN (SELECT session_id FROM lineages)']);
  assert.equal(found.toString(), 'ok\n', 'integrity, foreign keys, and a lineage for each session');
}
