// The administrative commands while a server runs: they take effect in it within a second.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import jwt from 'jsonwebtoken';
import { freshEmail, goodPassword } from './client.mjs';
import { launch, program, run, secret, start, temporaryDirectory, until, within } from './server.mjs';

const mode = (file) => statSync(file).mode & 0o777;
const newPassword = 'another long passphrase';

describe('commands while a server runs', () => {
  let server;
  before(async () => {
    server = await start({ settings: { registration: 'closed' } });
  });
  after(async () => {
    assert.equal((await server.stop()).code, 0);
  });

  const add = async (...options) => {
    const email = freshEmail();
    await server.command(['user', 'add', email, ...options], { input: `${goodPassword}\n` });
    return { email, password: goodPassword };
  };
  /** The change of a command takes effect in the server within a second. */
  const soon = (condition, what) => until(condition, what, 1000);

  it('user add: the user can sign in', async () => {
    const user = await add('--name', 'Zoë');
    const session = await server.login(user);
    assert.equal(session.user.name, 'Zoë');
  });

  it('user add refuses a taken or malformed address and a poor password', async () => {
    const user = await add();
    for (const [email, password] of [[user.email.toUpperCase(), goodPassword], ['no address', goodPassword], [freshEmail(), 'short'], [freshEmail(), 'password123'],
      [freshEmail(), ''], [freshEmail(), 'x'.repeat(73)]]) {
      const { code, stderr } = await server.run(['user', 'add', email], { input: `${password}\n` });
      assert.ok(code === 1 || code === 2, `${email} ${code}`);
      assert.ok(stderr.length > 0);
      if (password.length > 5) assert.ok(!stderr.includes(password), 'the password is not repeated');
    }
    assert.equal((await server.run(['user', 'add', freshEmail()], { input: '' })).code, 1);
  });

  it('user list, as text and as JSON', async () => {
    const user = await add('--name', 'List Me');
    await server.command(['user', 'disable', user.email]);
    const words = await server.command(['user', 'list']);
    const line = words.split('\n').find((text) => text.includes(user.email));
    assert.match(line, /disabled/i);
    const listed = JSON.parse(await server.command(['user', 'list', '--json']));
    const users = Array.isArray(listed) ? listed : listed.users;
    assert.ok(users.find((item) => item.email === user.email));
    assert.ok(!words.includes('$2b$') && !JSON.stringify(listed).includes('$2b$'));
  });

  it('user passwd: all sessions end, the new password works, the old one does not', async () => {
    const user = await add();
    const session = await server.login(user);
    await server.command(['user', 'passwd', user.email], { input: `${newPassword}\n` });
    await soon(async () => (await server.verify(session.accessToken)) === 401, 'the end of the session');
    assert.equal((await server.refresh(session.refreshToken)).code, 'TOKEN_INVALID');
    assert.equal((await server.post('/api/auth/login', user)).status, 401);
    await server.login({ ...user, password: newPassword });
  });

  it('user disable and enable', async () => {
    const user = await add();
    const session = await server.login(user);
    await server.command(['user', 'disable', user.email]);
    await soon(async () => (await server.verify(session.accessToken)) === 401, 'the end of the session');
    assert.equal((await server.post('/api/auth/login', user)).code, 'INVALID_CREDENTIALS');
    await server.command(['user', 'enable', user.email]);
    await server.login(user);
    assert.equal(await server.verify(session.accessToken), 401);
  });

  it('user delete', async () => {
    const user = await add();
    const session = await server.login(user);
    await server.command(['user', 'delete', user.email, '--yes']);
    await soon(async () => (await server.verify(session.accessToken)) === 401, 'the end of the session');
    assert.equal((await server.refresh(session.refreshToken)).status, 401);
    assert.equal((await server.post('/api/auth/login', user)).code, 'INVALID_CREDENTIALS');
    assert.ok(!(await server.command(['user', 'list'])).includes(user.email));
  });

  it('commands for an unknown user fail with 1', async () => {
    for (const args of [['user', 'disable'], ['user', 'enable'], ['user', 'delete'], ['user', 'passwd'], ['session', 'list'], ['token', 'mint', '--user']]) {
      const { code, stderr } = await server.run([...args, 'nobody@example.org'], { input: `${newPassword}\n` });
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, /user/);
    }
  });

  it('session list and terminate', async () => {
    const user = await add();
    const [one, two, three] = [await server.login(user), await server.login(user), await server.login(user)];
    const listed = JSON.parse(await server.command(['session', 'list', user.email, '--json']));
    const sessions = Array.isArray(listed) ? listed : listed.sessions;
    assert.deepEqual(sessions.map((session) => session.id).sort(), [one, two, three].map((session) => session.sessionId).sort());
    const words = await server.command(['session', 'list', user.email]);
    assert.ok(words.includes(one.sessionId));
    await server.command(['session', 'terminate', '--', one.sessionId]);
    await soon(async () => (await server.verify(one.accessToken)) === 401, 'the end of that session');
    assert.equal(await server.verify(two.accessToken), 200);
    assert.equal((await server.run(['session', 'terminate', '--', one.sessionId])).code, 1);
    assert.equal((await server.run(['session', 'terminate', 'nosuchsession'])).code, 1);
    await server.command(['session', 'terminate', '--user', user.email, '--all']);
    await soon(async () => (await server.verify(two.accessToken)) === 401 && (await server.verify(three.accessToken)) === 401, 'the end of all');
    assert.equal((await server.refresh(three.refreshToken)).code, 'TOKEN_INVALID');
  });

  it('audit shows what happened, in the server and by commands', async () => {
    const user = await add();
    const session = await server.login(user);
    await server.post('/api/auth/login', { ...user, password: 'not the password' });
    await server.post('/api/auth/logout', undefined, { token: session.accessToken });
    await server.command(['user', 'disable', user.email]);
    await server.post('/api/auth/login', user);
    const wanted = ['USER_ADDED', 'LOGIN_SUCCEEDED', 'LOGIN_FAILED', 'LOGGED_OUT', 'USER_DISABLED', 'LOGIN_FAILED'];
    const shown = async () => JSON.parse(await server.command(['audit', '--user', user.email, '--json'])).events;
    // Failed logins are written in the background, within a second or so, with the time at which they happened.
    await soon(async () => (await shown()).length === wanted.length, 'all events');
    const events = await shown();
    assert.deepEqual(events.map(({ event }) => event).sort(), [...wanted].sort());
    assert.deepEqual(events.map(({ time }) => time), events.map(({ time }) => time).sort());
    const [login] = events.filter(({ event }) => event === 'LOGIN_SUCCEEDED');
    assert.deepEqual([login.email, login.sessionId, login.ipAddress], [user.email, session.sessionId, '127.0.0.1']);
    await soon(() => server.process.stderr.includes(`command_carried_out act=USER_DISABLED user=${login.userId} `), 'the log');
    assert.match(await server.command(['audit', '--limit', '5']), /^TIME +EVENT +USER +ADDRESS +DEVICE +SESSION\n/);
  });

  it('a user agent cannot send control characters to the operator\'s terminal', async () => {
    const user = await add();
    const body = JSON.stringify(user);
    const agent = Buffer.from('evil \u009b31m \u202e \u0085 agent').toString('latin1');
    const sent = `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nUser-Agent: ${agent}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    assert.match((await server.exchange(Buffer.from(sent, 'latin1'))).toString(), /^HTTP\/1\.1 200 /);
    const words = await server.command(['session', 'list', user.email]);
    assert.ok(words.includes(user.email) || /127\.0\.0\.1/.test(words), words);
    assert.doesNotMatch(words, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it('session terminate --all ends everybody\'s sessions', async () => {
    const sessions = [await server.login(await add()), await server.login(await add())];
    await server.command(['session', 'terminate', '--all', '--yes']);
    for (const session of sessions) {
      await soon(async () => (await server.verify(session.accessToken)) === 401, 'the end of all');
    }
  });

  it('token mint opens a real session and prints its tokens', async () => {
    const user = await add();
    const minted = JSON.parse(await server.command(['token', 'mint', '--user', user.email, '--json']));
    assert.equal(jwt.verify(minted.accessToken, secret).sessionId, minted.sessionId ?? minted.session.id);
    assert.equal(await server.verify(minted.accessToken), 200);
    const renewed = await server.post('/api/auth/refresh', { refreshToken: minted.refreshToken });
    assert.equal(renewed.status, 200, renewed.text);
    const plain = await server.command(['token', 'mint', '--user', user.email]);
    assert.ok(plain.includes('eyJ'));
  });

  it('token inspect says which tokens are accepted and prints no signature', async () => {
    const user = await add();
    const session = await server.login(user);
    const inspect = (token, ...options) => server.run(['token', 'inspect', ...options], { input: `${token}\n` });
    const good = await inspect(session.accessToken);
    assert.equal(good.code, 0, good.stderr);
    assert.ok(good.stdout.includes(session.user.id) && good.stdout.includes(session.sessionId));
    assert.ok(!good.stdout.includes(session.accessToken.split('.')[2]));
    JSON.parse((await inspect(session.accessToken, '--json')).stdout);
    await server.post('/api/auth/logout', undefined, { token: session.accessToken });
    const claims = { sub: session.user.id, sessionId: session.sessionId, iat: 1, exp: 2 };
    const bad = [session.accessToken, jwt.sign(claims, secret), jwt.sign({ ...claims, exp: 9999999999 }, 'x'.repeat(40)), 'rubbish', ''];
    for (const token of bad) {
      const { code, stdout, stderr } = await inspect(token);
      assert.equal(code, 1, `${token} ${stdout} ${stderr}`);
      const signature = token.split('.')[2];
      if (signature) assert.ok(!(stdout + stderr).includes(signature));
    }
  });

  it('backup makes a copy that another server can serve, while this one runs', async () => {
    const user = await add();
    const session = await server.login(user);
    await server.command(['backup', 'copy.db']);
    const copy = join(server.directory, 'copy.db');
    assert.equal(mode(copy), 0o600);
    assert.equal((await server.run(['backup', 'copy.db'])).code, 1, 'an existing file is not overwritten');
    const directory = temporaryDirectory();
    copyFileSync(copy, join(directory, 'auth.db'));
    chmodSync(join(directory, 'auth.db'), 0o600);
    const restored = await start({ directory });
    assert.equal(await restored.verify(session.accessToken), 200);
    assert.equal((await restored.refresh(session.refreshToken)).status, 200);
    await restored.login(user);
    assert.equal((await restored.stop()).code, 0);
    assert.equal((await server.refresh(session.refreshToken)).status, 200);
  });

  it('a second server on the same database refuses', async () => {
    const { code, stderr } = await run(['--listen', '127.0.0.1:0'], { directory: server.directory });
    assert.equal(code, 1);
    assert.match(stderr, /auth\.db/);
    assert.equal((await server.get('/healthz')).status, 200);
  });

  it('a second server on the same port refuses and names the address', async () => {
    const { code, stderr } = await run(['--listen', `127.0.0.1:${server.port}`]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(`127.0.0.1:${server.port}`), stderr);
  });

  it('a command does not hang when its reader goes away', async () => {
    const pipe = launch('sh', ['-c', `"${program}" user list | true`], { directory: server.directory });
    assert.equal((await within(pipe.ended, 'the pipe')).code, 0);
  });
});
