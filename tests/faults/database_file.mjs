// What a sound database file is, by SQLite's own word.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';

export function checkFile(path) {
  const found = execFileSync('sqlite3', [path,
    'PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT id FROM sessions WHERE id NOT IN (SELECT session_id FROM lineages)']);
  assert.equal(found.toString(), 'ok\n', 'sound, nothing dangling, no session without its tokens');
}
