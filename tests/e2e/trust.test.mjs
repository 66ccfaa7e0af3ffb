// The server only uses files that nobody else can change or replace. Tests with files of another user need root, who can
// change the owner of files.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { goodPassword } from './client.mjs';
import { launch, run, secret, start, temporaryDirectory, until, within, writeConfiguration } from './server.mjs';
import { asService, publicDirectory, service } from './service_user.mjs';

const isRoot = process.getuid() === 0;
const stranger = 1001;
const asRoot = isRoot ? {} : { skip: 'only root can change the owner of files' };

/** Every command that works with the database. */
const commands = [['--listen', '127.0.0.1:0'], ['check-config'], ['user', 'list'], ['user', 'add', 'eve@example.org'], ['session', 'list', 'ada@example.org'],
  ['token', 'mint', '--user', 'ada@example.org'], ['audit'], ['backup', 'copy.db']];

/** Each of them must fail with `reason`, and leave nothing behind. */
async function allRefuse(directory, reason, asked = commands) {
  const before = readdirSync(directory);
  for (const command of asked) {
    const { code, stderr } = await run(command, { directory, input: `${goodPassword}\n` });
    assert.equal(code, 1, `${command.join(' ')}: ${stderr}`);
    assert.match(stderr, reason, command.join(' '));
    assert.deepEqual(readdirSync(directory), before, command.join(' '));
  }
}

/** A directory as a server leaves it: configuration, database with the user ada, secret, lock. */
async function usedSite() {
  const directory = temporaryDirectory();
  writeConfiguration(directory, { log_level: 'info' });
  const added = await run(['user', 'add', 'ada@example.org'], { directory, input: `${goodPassword}\n` });
  assert.equal(added.code, 0, added.stderr);
  writeFileSync(join(directory, 'auth.db.lock'), '', { mode: 0o600 });
  return directory;
}

describe('the files of a server', () => {
  it('are refused in a directory that others can write to, by every command', async () => {
    const directory = await usedSite();
    assert.equal((await run(['check-config'], { directory })).code, 0);
    chmodSync(directory, 0o777);
    await allRefuse(directory, new RegExp(`may replace what is in the directory ${directory}; run: chmod go-w ${directory}`));
    chmodSync(directory, 0o755);
    assert.equal((await run(['check-config'], { directory })).code, 0);
  });

  it('are refused below such a directory too, and behind a link in one', async () => {
    const directory = await usedSite();
    const open = temporaryDirectory();
    mkdirSync(join(open, 'below'), { mode: 0o700 });
    writeFileSync(join(open, 'below', 'key'), `${secret}\n`, { mode: 0o600 });
    symlinkSync(join(open, 'below', 'key'), join(open, 'link'));
    for (const key of [join(open, 'below', 'key'), join(open, 'link')]) {
      const check = () => run(['check-config', '--jwt_secret_file', key], { directory });
      assert.equal((await check()).code, 0);
      chmodSync(open, 0o777);
      const refused = await check();
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, new RegExp(`chmod go-w ${open}`));
      chmodSync(open, 0o700);
    }
  });

  it('a database is refused where others can put a log beside it', async () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o1777);
    const { code, stderr } = await run(['--listen', '127.0.0.1:0'], { directory });
    assert.equal(code, 1);
    assert.match(stderr, /other users may put files of their own into .*, beside yours; use a directory/);
    assert.deepEqual(readdirSync(directory), []);
  });

  it('a backup is not written where others can replace it', async () => {
    const directory = await usedSite();
    const open = temporaryDirectory();
    chmodSync(open, 0o777);
    const { code, stderr } = await run(['backup', join(open, 'copy.db')], { directory });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`chmod go-w ${open}`));
    assert.deepEqual(readdirSync(open), []);
  });

  it('a certificate may be readable by all, but writable by its owner only', async () => {
    const directory = await usedSite();
    for (const [name, mode] of [['server.crt', 0o644], ['server.key', 0o600]]) writeFileSync(join(directory, name), '-\n', { mode });
    const check = () => run(['check-config', '--tls_certificate', 'server.crt', '--tls_private_key', 'server.key'], { directory });
    assert.equal((await check()).code, 0);
    chmodSync(join(directory, 'server.crt'), 0o646);
    assert.match((await check()).stderr, /other users may change server\.crt; run: chmod go-w server\.crt/);
  });

  it('the doctor finds what the start would refuse', async () => {
    const server = await start({ settings: null });
    chmodSync(server.directory, 0o777);
    const { code, stdout } = await server.run(['doctor', server.url]);
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`error: files: .*chmod go-w ${server.directory}`));
    chmodSync(server.directory, 0o700);
    assert.equal((await server.stop()).code, 0);
  });
});

describe('root', () => {
  it('uses no file of another user: configuration, secret, database, its log or their directory', asRoot, async () => {
    const directory = await usedSite();
    for (const name of ['auth.conf', 'auth.db', 'auth.db.secret']) {
      chownSync(join(directory, name), stranger, stranger);
      const asked = name.endsWith('.secret') ? commands.filter(([first]) => first !== 'backup') : commands;
      await allRefuse(directory, new RegExp(`${name} belongs to the user ${stranger}, and this runs as root: .*chown root`), asked);
      chownSync(join(directory, name), 0, 0);
    }
    writeFileSync(join(directory, 'auth.db-wal'), '', { mode: 0o600 });
    chownSync(join(directory, 'auth.db-wal'), stranger, stranger);
    await allRefuse(directory, /auth\.db-wal belongs to the user 1001/);
    chownSync(join(directory, 'auth.db-wal'), 0, 0);
    chownSync(directory, stranger, stranger);
    await allRefuse(directory, new RegExp(`the directory ${directory} belongs to the user ${stranger}`));
    chownSync(directory, 0, 0);
    assert.equal((await run(['user', 'list'], { directory })).code, 0);
  });
});

/** Runs the program there as the service's user until it ends, or until it listens and has been stopped. */
async function runAsService(directory, args) {
  const [file, ...rest] = [...asService, join(directory, 'auth-server'), ...args];
  const child = launch(file, rest, { directory: join(directory, 'var') });
  await until(() => child.hasEnded || child.stdout.includes('listens on'), 'the end of the start');
  child.child.kill('SIGTERM');
  return within(child.ended, 'the end after SIGTERM');
}

describe('a user of the service\'s own', () => {
  it('is served by root\'s configuration and its own files, in the usual places', asRoot, async () => {
    const directory = publicDirectory();
    mkdirSync(join(directory, 'etc'), { mode: 0o750 });
    mkdirSync(join(directory, 'var'), { mode: 0o750 });
    chownSync(join(directory, 'etc'), 0, service);
    chownSync(join(directory, 'var'), service, service);
    writeConfiguration(join(directory, 'etc'), { jwt_secret: secret });
    const configuration = join(directory, 'etc', 'auth.conf');
    chownSync(configuration, 0, service);
    chmodSync(configuration, 0o640);
    const serve = ['--config', configuration, '--listen', '127.0.0.1:0', '--database', join(directory, 'var', 'auth.db')];
    for (let i = 0; i < 2; ++i) {
      const { code, stderr } = await runAsService(directory, serve);
      assert.equal(code, 0, stderr);
    }

    const byRoot = await run(['user', 'list', '--database', 'auth.db'], { directory: join(directory, 'var') });
    assert.equal(byRoot.code, 1);
    assert.match(byRoot.stderr, new RegExp(`the directory ${join(directory, 'var')} belongs to the user \\w+, and this runs as root: run it as that user \\(runuser -u`));

    chownSync(configuration, stranger, service);
    const swapped = await runAsService(directory, serve);
    assert.equal(swapped.code, 1);
    assert.match(swapped.stderr, new RegExp(`${basename(configuration)} belongs to the user ${stranger}, who may change it; it must be yours or root's: have root run: chown`));
  });
});
