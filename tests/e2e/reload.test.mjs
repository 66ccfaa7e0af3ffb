// SIGHUP: the running server reads its configuration again.
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { freshEmail, goodPassword } from './client.mjs';
import { secret, start, until, writeConfiguration } from './server.mjs';

const base = { jwt_secret: secret, cookie_secure: 'false', rate_limits: 'off' };

/** Sends SIGHUP and resolves with the lines that the server logs because of it, without their times. */
async function reload(server, settings) {
  if (settings) writeConfiguration(server.directory, { ...base, ...settings });
  const before = server.process.stderr.length;
  server.process.child.kill('SIGHUP');
  const lines = () => server.process.stderr.slice(before).split('\n').slice(0, -1).map((line) => line.slice(line.indexOf(' ') + 1));
  await until(() => lines().some((line) => /configuration_(reloaded|kept)/.test(line)), 'word of it in the log');
  await server.get('/healthz');
  await server.get('/healthz');
  return lines().filter((line) => /configuration_|restart_needed/.test(line));
}

describe('SIGHUP', () => {
  it('closes and opens registration without ending a session', async () => {
    const server = await start();
    const ada = await server.register();
    assert.deepEqual(await reload(server, { registration: 'closed' }), ['info configuration_reloaded settings=registration']);
    const refused = await server.post('/api/auth/register', { email: freshEmail(), password: goodPassword });
    assert.deepEqual([refused.status, refused.code], [403, 'REGISTRATION_CLOSED']);
    assert.equal(await server.verify(ada.accessToken), 200);
    await server.login(ada);
    await reload(server, { registration: 'open' });
    await server.register();
    assert.equal((await server.stop()).code, 0);
  });

  it('changes the level of the log', async () => {
    const server = await start();
    const debugLines = () => server.process.stderr.match(/ debug request_answered /g)?.length ?? 0;
    await server.get('/healthz');
    assert.equal(debugLines(), 0);
    assert.deepEqual(await reload(server, { log_level: 'debug' }), ['info configuration_reloaded settings=log_level']);
    await server.get('/healthz');
    await until(() => debugLines() > 0, 'lines of level debug');
    assert.equal((await server.stop()).code, 0);
  });

  it('names what needs a restart, never a value, each time until it is taken back', async () => {
    const server = await start();
    const canary = 'M4sB8nR2wK6vF0xT9cJ5hQ1zL7dG3pYyUeIaOoXrWtNf';
    const changed = { jwt_secret: canary, database: 'canary.db', workers: '3', cleanup_interval_minutes: '7' };
    const waiting = 'warning restart_needed settings=database,jwt_secret,workers';
    assert.deepEqual(await reload(server, changed), ['info configuration_reloaded settings=cleanup_interval_minutes', waiting]);
    assert.deepEqual(await reload(server), ['info configuration_reloaded settings=""', waiting]);
    assert.deepEqual(await reload(server, {}), ['info configuration_reloaded settings=cleanup_interval_minutes']);
    assert.ok(!server.process.stderr.includes(canary) && !server.process.stderr.includes('canary.db'));
    const ada = await server.register();
    assert.equal(await server.verify(ada.accessToken), 200);
    assert.equal((await server.stop()).code, 0);
  });

  it('refuses a configuration with a mistake, or that others can change, and the old one stays', async () => {
    const server = await start({ settings: { registration: 'closed' } });
    const closed = async () => (await server.post('/api/auth/register', { email: freshEmail(), password: goodPassword })).status === 403;
    const [mistake] = await reload(server, { registration: 'open', workers: 'many' });
    assert.match(mistake, /^error configuration_kept reason="auth\.conf:\d+: workers: /);
    assert.ok(await closed());
    writeConfiguration(server.directory, { ...base, registration: 'open' });
    chmodSync(join(server.directory, 'auth.conf'), 0o666);
    const [exposed] = await reload(server);
    assert.match(exposed, /^error configuration_kept reason=.*auth\.conf/);
    assert.ok(await closed());
    chmodSync(join(server.directory, 'auth.conf'), 0o600);
    assert.deepEqual(await reload(server), ['info configuration_reloaded settings=registration']);
    assert.ok(!await closed());
    assert.equal((await server.stop()).code, 0);
  });

  it('reads the secret of the environment once, and knows it at a reload', async () => {
    const server = await start({ settings: null, environment: { AUTH_JWT_SECRET: secret } });
    assert.deepEqual(await reload(server), ['info configuration_reloaded settings=""']);
    assert.equal((await server.stop()).code, 0);
  });
});
