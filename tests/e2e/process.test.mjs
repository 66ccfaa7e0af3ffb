// How the server starts, what it creates and refuses then, and how it stops.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { run, start, temporaryDirectory, until, within } from './server.mjs';

const mode = (file) => statSync(file).mode & 0o777;

describe('first start', () => {
  it('needs no configuration: it creates a private database and secret', async () => {
    const server = await start({ settings: null });
    assert.match(server.process.stdout, /http:\/\/127\.0\.0\.1:\d+/);
    assert.equal(server.process.stdout.trim().split('\n').length, 1);
    const user = await server.register();
    const files = readdirSync(server.directory);
    assert.ok(files.includes('auth.db') && files.includes('auth.db.secret'), files.join());
    for (const file of files) assert.equal(mode(join(server.directory, file)), 0o600, file);
    const made = readFileSync(join(server.directory, 'auth.db.secret'), 'utf8').trim();
    assert.equal(jwt.verify(user.accessToken, made).sub, user.user.id);
    assert.equal((await server.stop()).code, 0);

    const again = await start({ settings: null, directory: server.directory });
    assert.equal(readFileSync(join(server.directory, 'auth.db.secret'), 'utf8').trim(), made);
    assert.equal(await again.verify(user.accessToken), 200);
    assert.equal((await again.refresh(user.refreshToken)).status, 200);
    assert.equal((await again.stop()).code, 0);
  });

  it('is recognised: a database that is missing later is not replaced by an empty one', async () => {
    const server = await start({ settings: null });
    assert.equal((await server.stop()).code, 0);
    rmSync(join(server.directory, 'auth.db'));
    const { code, stderr } = await run(['--listen', '127.0.0.1:0'], { directory: server.directory });
    assert.equal(code, 1);
    assert.match(stderr, /auth\.db\.secret exists, but its database auth\.db is missing/);
    assert.ok(!existsSync(join(server.directory, 'auth.db')));
  });

  it('has no user, and no password works', async () => {
    const server = await start();
    assert.deepEqual(JSON.parse(await server.command(['user', 'list', '--json'])).users ?? [], []);
    for (const [email, password] of [['admin', 'admin'], ['admin@example.org', 'admin'], ['root@localhost', 'root']]) {
      assert.notEqual((await server.post('/api/auth/login', { email, password })).status, 200);
    }
    assert.equal((await server.stop()).code, 0);
  });

  it('answers within a second of being started', async () => {
    const begin = performance.now();
    const server = await start();
    assert.equal((await server.get('/healthz')).status, 200);
    assert.ok(performance.now() - begin < 1000);
    assert.equal((await server.stop()).code, 0);
  });

  it('a foreign, truncated or newer database is refused and not changed', async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'auth.db'), 'this is no database, but somebody needs it'.repeat(200), { mode: 0o600 });
    const before = readFileSync(join(directory, 'auth.db'));
    const { code, stderr } = await run(['--listen', '127.0.0.1:0'], { directory });
    assert.equal(code, 1);
    assert.match(stderr, /auth\.db/);
    assert.deepEqual(readFileSync(join(directory, 'auth.db')), before);

    const made = await start({ settings: null });
    await made.register();
    await made.stop();
    const file = join(made.directory, 'auth.db');
    const bytes = readFileSync(file);
    bytes.writeUInt32BE(9999, 60);  // user_version
    writeFileSync(file, bytes);
    const newer = await run(['--listen', '127.0.0.1:0'], { directory: made.directory });
    assert.equal(newer.code, 1);
    assert.match(newer.stderr, /newer|version/);
    assert.deepEqual(readFileSync(file), bytes);
  });

  it('a database that others can write to is refused or made private', async () => {
    const made = await start({ settings: null });
    await made.stop();
    chmodSync(join(made.directory, 'auth.db'), 0o666);
    const { code, stderr } = await run(['user', 'list'], { directory: made.directory });
    if (code === 0) assert.equal(mode(join(made.directory, 'auth.db')), 0o600);
    else assert.match(stderr, /auth\.db/);
  });

  it('a directory that is missing is named', async () => {
    const { code, stderr } = await run(['--listen', '127.0.0.1:0', '--database', 'none/auth.db']);
    assert.equal(code, 1);
    assert.match(stderr, /none/);
  });

  it('listens on several addresses and on a Unix socket, and leaves no socket behind', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'run'));
    const path = join(directory, 'run', 'auth.sock');
    const server = await start({ directory, args: ['--listen', `127.0.0.1:0,unix:${path}`] });
    assert.ok(server.process.stdout.includes(path));
    assert.equal(mode(path), 0o660);
    const socket = net.connect(path);
    let text = '';
    socket.on('data', (bytes) => { text += bytes; });
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await until(() => text.includes('{"status":"ok"}'), 'an answer on the socket');
    socket.destroy();
    const second = await run(['--listen', `unix:${path}`]);
    assert.equal(second.code, 1, 'a live socket is not taken over');
    await server.kill();
    const after = await start({ directory, args: ['--listen', `127.0.0.1:0,unix:${path}`] });
    assert.equal((await after.stop()).code, 0, 'a stale one is replaced');
    assert.ok(!existsSync(path));
  });
});

describe('signals', () => {
  it('SIGTERM under load: exit code 0, and acknowledged changes are there afterwards', async () => {
    const server = await start();
    const users = [await server.register(), await server.register()];
    const answered = { sessions: [], tokens: new Map(), emails: [] };
    let stopping = false;
    const load = async (work) => {
      while (!stopping) {
        try {
          await work();
        } catch {
          return;
        }
      }
    };
    let rotating = users[0].refreshToken;
    const workers = [
      load(async () => answered.sessions.push(await server.login(users[1]))),
      load(async () => answered.emails.push((await server.register()).email)),
      load(async () => {
        const answer = await server.post('/api/auth/refresh', { refreshToken: rotating });
        if (answer.status !== 200) throw new Error(answer.text);
        rotating = answer.data.refreshToken;
      }),
      load(() => server.verify(users[0].accessToken)),
    ];
    await until(() => answered.sessions.length >= 3 && answered.emails.length >= 3, 'some load');
    server.process.child.kill('SIGTERM');
    const ended = await within(server.process.ended, 'the end of the server', 11_000);
    stopping = true;
    assert.deepEqual({ code: ended.code, signal: ended.signal }, { code: 0, signal: null });
    await Promise.all(workers);
    const again = await start({ directory: server.directory });
    for (const session of answered.sessions) assert.equal(await again.verify(session.accessToken), 200);
    assert.ok((await again.sessions(users[1].accessToken)).length >= answered.sessions.length + 1);
    const listed = await again.command(['user', 'list']);
    for (const email of answered.emails) assert.ok(listed.includes(email));
    assert.equal((await again.post('/api/auth/refresh', { refreshToken: rotating })).status, 200);
    server.disconnect();
    assert.equal((await again.stop()).code, 0);
    assert.ok(!readdirSync(again.directory).includes('auth.db-wal') || statSync(join(again.directory, 'auth.db-wal')).size === 0, 'the log is checkpointed');
  });

  it('an idle server with open connections stops at once', async () => {
    const server = await start();
    await server.connect();
    const half = await server.connect();
    half.write('GET /healthz HTTP/1.1\r\n');
    await server.get('/healthz');
    const begin = performance.now();
    server.process.child.kill('SIGINT');
    const { code } = await within(server.process.ended, 'the end', 11_000);
    assert.equal(code, 0);
    assert.ok(performance.now() - begin < 10_500);
    server.disconnect();
  });

  it('a second SIGTERM ends the process at once', async () => {
    const server = await start();
    const half = await server.connect();
    half.write('POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
    await server.get('/healthz');
    server.process.child.kill('SIGTERM');
    await until(() => /stopping/.test(server.process.stderr), 'word of stopping in the log');
    const begin = performance.now();
    server.process.child.kill('SIGTERM');
    await within(server.process.ended, 'the end', 2000);
    assert.ok(performance.now() - begin < 2000);
    server.disconnect();
  });

  it('SIGHUP is harmless', async () => {
    const server = await start();
    const user = await server.register();
    for (let times = 0; times < 5; times += 1) server.process.child.kill('SIGHUP');
    assert.equal(await server.verify(user.accessToken), 200);
    assert.equal((await server.refresh(user.refreshToken)).status, 200);
    assert.equal((await server.stop()).code, 0);
  });
});
