// A user of the service's own, for tests that run as root.
import { chmodSync, copyFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program, temporaryDirectory } from './server.mjs';

/** The user and group id; they are nobody's. */
export const service = 65534;

/** The words of a command that runs another one as that user. */
export const asService = ['setpriv', '--reuid', `${service}`, '--regid', `${service}`, '--clear-groups'];

/** A directory that every user can reach, with the program in it; the tests' own directory is closed to all others. */
export function publicDirectory() {
  const closed = statSync(tmpdir()).mode & 0o7777;
  if ((closed & 0o077) === 0) chmodSync(tmpdir(), closed | 0o011);
  const directory = temporaryDirectory();
  chmodSync(directory, 0o755);
  copyFileSync(program, join(directory, 'auth-server'));
  chmodSync(join(directory, 'auth-server'), 0o755);
  return directory;
}
