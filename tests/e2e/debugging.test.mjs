// Whether others may read the memory of the server, and what a build says of itself.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { launch, program, run, temporaryDirectory, until, within } from './server.mjs';
import { asService, publicDirectory, service } from './service_user.mjs';

const isRoot = process.getuid() === 0;
const user = isRoot ? service : process.getuid();

/** A server that runs as an ordinary user. */
async function startAsUser(args) {
  const directory = isRoot ? publicDirectory() : temporaryDirectory();
  const own = join(directory, 'var');
  mkdirSync(own, { mode: 0o700 });
  chownSync(own, user, user);
  const [file, ...rest] = [...(isRoot ? [...asService, join(directory, 'auth-server')] : [program]), '--listen', '127.0.0.1:0', ...args];
  const server = launch(file, rest, { directory: own });
  await until(() => server.hasEnded || server.stdout.includes('listens on'), 'the end of the start');
  return server;
}

describe('core_dumps', () => {
  for (const [setting, owner, warnings] of [['off', 0, 0], ['on', user, 1]]) {
    it(`${setting}: ${setting === 'on' ? 'the memory can be read by processes of the same user, and the start warns' : 'the memory is closed to other processes of the same user'}`, async () => {
      const server = await startAsUser(['--core_dumps', setting]);
      // proc(5): the files of a process that is not dumpable belong to root, whoever runs it.
      assert.equal(statSync(`/proc/${server.pid}/mem`).uid, owner);
      server.child.kill('SIGTERM');
      const { code, stderr } = await within(server.ended, 'the end after SIGTERM');
      assert.equal(code, 0, stderr);
      assert.equal(stderr.match(/ warning core_dumps_on /g)?.length ?? 0, warnings, stderr);
    });
  }
});

describe('version', () => {
  it('--json names the version, the commit, the build and the libraries as they are on this machine', async () => {
    const { code, stdout } = await run(['version', '--json']);
    assert.equal(code, 0);
    const { version, commit, build, compiler, libraries } = JSON.parse(stdout);
    assert.match(version, /^\d+\.\d+\.\d+$/);
    assert.match(commit, /^[\w.-]+$/);
    assert.match(build, /^(release|debug|sanitizer)$/);
    assert.match(compiler, /^(g|clang)\+\+ .*\d+\.\d+/);
    assert.deepEqual(Object.keys(libraries).sort(), ['CLI11', 'OpenSSL', 'SQLite', 'SQLiteCpp', 'cpp-httplib', 'libcrypt', 'picojson']);
    for (const [name, number] of Object.entries(libraries)) assert.match(number, /^(\d+\.\d+|unknown$)/, name);
    assert.equal(libraries.OpenSSL, execFileSync('openssl', ['version']).toString().split(' ')[1], 'the OpenSSL that is loaded');
    assert.equal((await run(['version'])).stdout, `auth-server ${version} (${commit}, ${build})\n`);
  });
});
