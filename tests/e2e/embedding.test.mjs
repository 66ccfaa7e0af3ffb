// The library as others get it: installed into an empty folder, built against by a user who has no source tree.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { launch, patience, program, secret, temporaryDirectory, until, within } from './server.mjs';
import { asService, publicDirectory, service } from './service_user.mjs';

const root = new URL('../..', import.meta.url).pathname;
const examples = new URL('../examples/', import.meta.url).pathname;
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** Compiling httplib takes a while on a busy machine. */
const buildPatience = 10 * patience;

/** A port that the system chose; the app opens it a moment later. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Catch2 3 is a library, Catch2 2 one header. */
const catchLibraries = () => (existsSync('/usr/include/catch2/catch_all.hpp') ? ['-lCatch2Main', '-lCatch2'] : []);

async function succeed(command, args, options, time = patience) {
  const { code, stdout, stderr } = await within(launch(command, args, options).ended, [command, ...args].join(' '), time);
  assert.equal(code, 0, `${[command, ...args].join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

describe('the installed library', () => {
  let home; // of the other user
  let environment;
  const asOther = process.getuid() === 0 ? asService : [];
  const other = (words, time) => succeed([...asOther, ...words][0], [...asOther, ...words].slice(1), { directory: home, environment }, time);

  /** Compiles an example of that name with what pkg-config says of `module`. */
  async function build(name, module, flags = []) {
    copyFileSync(join(examples, `${name}.cpp`), join(home, `${name}.cpp`));
    return compile(name, module, flags);
  }
  async function compile(name, module, flags) {
    const words = (await other(['pkg-config', '--cflags', '--libs', module])).trim().split(/\s+/);
    await other(['g++', '-std=c++20', '-Wall', '-Wextra', '-Wpedantic', '-Werror', `${name}.cpp`, ...words, ...flags, '-o', name], buildPatience);
    return join(home, name);
  }
  const start = (file, variables = {}, args = []) => launch([...asOther, file, ...args][0], [...asOther, file, ...args].slice(1), { directory: home, environment: { ...environment, ...variables } });

  before(async () => {
    home = asOther.length > 0 ? publicDirectory() : temporaryDirectory();
    const prefix = join(home, 'opt');
    mkdirSync(prefix);
    await succeed('make', ['-C', root, `BUILD=${dirname(program)}`, `PREFIX=${prefix}`, 'install-library'], { directory: root }, buildPatience);
    chmodSync(home, 0o755);
    if (asOther.length > 0) {
      home = join(home, 'work');
      mkdirSync(home);
      await succeed('chown', [`${service}:${service}`, home], { directory: root });
    }
    environment = { PKG_CONFIG_PATH: join(prefix, 'lib/pkgconfig'), LD_LIBRARY_PATH: join(prefix, 'lib'), HOME: home, TMPDIR: home,
      GLITCH_AUTH: join(prefix, 'lib/libglitch_auth.so.1'), CMAKE_PREFIX_PATH: prefix };
  });

  it('has every public header alone, in C++ and in C', async () => {
    const include = join(dirname(environment.PKG_CONFIG_PATH), '../include');
    const headers = readdirSync(join(include, 'glitch_auth'), { recursive: true }).filter((name) => name.endsWith('.h'));
    assert.ok(headers.length > 20);
    writeFileSync(join(home, 'all.cpp'), headers.map((name) => `#include <glitch_auth/${name}>\n`).join('') + 'int main() {}\n');
    await other(['g++', '-std=c++20', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only', '-DCPPHTTPLIB_OPENSSL_SUPPORT', `-I${include}`, 'all.cpp'], buildPatience);
    writeFileSync(join(home, 'c.c'), '#include <glitch_auth/auth_c.h>\nint main(void) { return glitch_auth_version()[0] == 0; }\n');
    await other(['gcc', '-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', `-I${include}`, 'c.c', environment.GLITCH_AUTH, '-o', 'c']);
    await other([join(home, 'c')]);
  });

  it('exports its public names and nothing else', async () => {
    const symbols = await other(['sh', '-c', `nm -DC --defined-only ${environment.GLITCH_AUTH} | cut -d' ' -f3-`]);
    const foreign = symbols.split('\n').filter((name) => name && !/glitch_auth_|::v1::|^(std|__gnu_cxx|void std|bool std|picojson)|typeinfo|vtable|guard variable/.test(name));
    assert.deepEqual(foreign, []);
    assert.match(symbols, /glitch_auth::v1::Auth::mount/);
    assert.match(symbols, /glitch_protocol::v1::Engine::authenticate/);
    assert.doesNotMatch(symbols, /PasswordHasher::hash|ConnectionServer::listen/);
  });

  it('serves notes beside cpp-httplib', async () => {
    const file = await build('notes', 'glitch-auth', ['-lcpp-httplib']);
    const port = await freePort();
    const app = start(file, { APP_SECRET: secret, APP_PORT: `${port}` });
    const url = `http://127.0.0.1:${port}`;
    await until(() => fetch(`${url}/healthz`).then((answer) => answer.ok, () => app.hasEnded), 'the app listens');
    await expectNotes(url, '/notes', 'notes of ada@example.org');
    app.child.kill();
    await within(app.ended, 'the app ends');
  });

  it("serves notes on the library's own connection layer", async () => {
    const app = start(await build('own_server', 'glitch-auth'), { APP_SECRET: secret });
    await until(() => app.stdout.includes('\n'), 'the app listens');
    await expectNotes(`http://${app.stdout.trim()}`, '/notes/7', 'note 7 of ada@example.org');
    app.child.kill();
    await within(app.ended, 'the app ends');
  });

  it('keeps the sessions of users that the app keeps', async () => {
    assert.equal(await other([await build('own_users', 'glitch-auth')]), 'ada is signed in\nSESSION_TERMINATED\n');
  });

  it('keeps players signed in without HTTP, with the engine and the store alone', async () => {
    const app = start(await build('game_server', 'glitch-auth-store'));
    const say = async (line) => {
      const heard = app.stdout.length;
      app.child.stdin.write(`${line}\n`);
      await until(() => app.stdout.endsWith('\n') && app.stdout.length > heard, `an answer to ${line}`);
      return app.stdout.slice(heard).trim();
    };
    const token = await say('join ada');
    assert.equal(await say(`move ${token}`), 'moved ada');
    assert.equal(await say('kick ada'), 'ended 1');
    assert.equal(await say(`move ${token}`), 'refused SESSION_TERMINATED');
    app.child.stdin.end();
    assert.equal((await within(app.ended, 'the app ends')).code, 0);
  });

  it('tests a database of an app, and says which section hangs and why', async () => {
    copyFileSync(join(examples, 'own_database.h'), join(home, 'own_database.h'));
    const source = readFileSync(join(examples, 'own_database.cpp'), 'utf8');
    // An adapter that forgets to refuse a nested write waits for its own lock. Catch2 runs "[.]" only when it is named.
    writeFileSync(join(home, 'hanging_database.cpp'), `${source}
struct HangingDatabase : own::Database {
  void write(const std::function<void(glitch_protocol::Writer&)>& change) override {
    const std::lock_guard lock(mutex);
    own::Database::write(change);
  }
  std::mutex mutex;
};
TEST_CASE("a database that hangs", "[.]") {
  glitch_auth::contract::databaseRunsTransactions([] { return std::make_unique<HangingDatabase>(); });
}
`);
    const program = await compile('hanging_database', 'glitch-auth-contract', catchLibraries());
    assert.match(await other([program], buildPatience), /All tests passed/);
    const hanging = await within(start(program, { TEST_CASE_SECONDS: '2' }, ['a database that hangs']).ended, 'the watchdog ends the program');
    assert.equal(hanging.code, 1);
    assert.match(hanging.stderr, /has not finished in 2 s:\n  a database that hangs\n  .*inside a transaction/);
    assert.match(hanging.stderr, /usual reasons/);
  });

  it('is found by CMake', async () => {
    mkdirSync(join(home, 'cmake'), { recursive: true });
    copyFileSync(join(examples, 'own_users.cpp'), join(home, 'cmake/own_users.cpp'));
    writeFileSync(join(home, 'cmake/CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(app CXX)
find_package(GlitchAuth 0.1 REQUIRED)
add_executable(app own_users.cpp)
target_link_libraries(app GlitchAuth::web)
`);
    if (asOther.length > 0) await succeed('chown', ['-R', `${service}:${service}`, join(home, 'cmake')], { directory: root });
    await other(['cmake', '-S', 'cmake', '-B', 'cmake/build'], buildPatience);
    await other(['cmake', '--build', 'cmake/build'], buildPatience);
    assert.equal(await other([join(home, 'cmake/build/app')]), 'ada is signed in\nSESSION_TERMINATED\n');
  });

  it('is called from Python and from Node', async () => {
    const said = 'ada is signed in\nSESSION_TERMINATED\n';
    copyFileSync(join(examples, 'sessions.py'), join(home, 'sessions.py'));
    assert.equal(await other(['/usr/bin/python3', 'sessions.py']), said);
    copyFileSync(join(examples, 'sessions.mjs'), new URL('node_modules/sessions.mjs', import.meta.url).pathname);
    assert.equal(await succeed(process.execPath, [new URL('node_modules/sessions.mjs', import.meta.url).pathname, 'run'], { directory: home, environment }), said);
  });

  it('leaks nothing over the C interface', async () => {
    copyFileSync(join(examples, 'sessions.py'), join(home, 'sessions.py'));
    writeFileSync(join(home, 'leaks.py'), `
import ctypes, sessions
from sessions import library, check
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
def calls(n):
    for _ in range(n):
        check(library.glitch_auth_authenticate(auth, tokens.access_token, ctypes.byref(identity)))
        assert library.glitch_auth_authenticate(auth, b"rubbish", ctypes.byref(identity)) == sessions.DENIED
auth = sessions.open_auth(":memory:", b"an example's secret of 32 bytes and more")
tokens, identity = sessions.Tokens(), sessions.Identity()
check(library.glitch_auth_create_session(auth, b"ada", None, None, ctypes.byref(tokens)))
calls(2000)
before = resident()
calls(20000)
print(resident() - before < 200 * 1024)
library.glitch_auth_close(auth)
`);
    assert.equal(await other(['/usr/bin/python3', 'leaks.py'], buildPatience), 'True\n');
  });

  async function expectNotes(url, path, expected) {
    const registered = await fetch(`${url}/api/auth/register`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.org', password: 'correct horse battery', delivery: 'body' }) });
    const body = await registered.json();
    const token = body.data?.accessToken ?? (await (await fetch(`${url}/api/auth/login`, { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.org', password: 'correct horse battery', delivery: 'body' }) })).json()).data.accessToken;
    const notes = await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(await notes.text(), expected);
    assert.equal((await fetch(`${url}${path}`)).status, 401);
  }
});

it('the README shows the examples as they stand', () => {
  for (const name of ['notes.cpp', 'own_server.cpp', 'own_users.cpp', 'own_database.cpp', 'sessions.py']) {
    assert.ok(readme.includes(readFileSync(join(examples, name), 'utf8')), `${name} differs from the README`);
  }
});
