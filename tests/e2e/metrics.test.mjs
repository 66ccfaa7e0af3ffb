// The metrics as Prometheus reads them: on a listener of their own, with exact numbers, in the right format.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cookieOf } from './client.mjs';
import { launch, program, start, temporaryDirectory, until, within } from './server.mjs';
import { openStream } from './stream.mjs';

let server;
let address;

const scrape = async (path = '/metrics') => fetch(`http://${address}${path}`);

/** The samples of one scrape: name{labels} -> number. */
async function samples() {
  const lines = (await (await scrape()).text()).split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]));
}

before(async () => {
  server = await start({ settings: { metrics_listen: '127.0.0.1:0' } });
  const line = await until(() => /metrics_listening address=(\S+)/.exec(server.process.stderr), 'the address of the metrics');
  address = line[1];
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

describe('the metrics', () => {
  it('count what happened', async () => {
    const user = await server.register();
    await server.login(user);
    await server.post('/api/auth/login', { ...user, password: 'not the password' });
    const renewed = await server.refresh(user.refreshToken);
    assert.equal(renewed.status, 200);
    const session = await server.login(user);
    const stream = await openStream(server, { token: session.accessToken });
    await stream.next('SESSIONS_UPDATED');
    for (let times = 0; times < 5; times += 1) assert.equal(await server.verify(renewed.data.accessToken), 200);

    const open = await samples();
    assert.equal(open.get('auth_server_sessions_active'), 3);
    assert.equal(open.get('auth_server_streams_open'), 1);
    assert.ok(open.get('auth_server_connections_open') >= 1);

    assert.equal((await server.refresh(user.refreshToken)).code, 'TOKEN_REUSE_DETECTED');
    await stream.untilClosed();
    assert.equal((await server.refresh(cookieOf(renewed))).code, 'TOKEN_INVALID');
    const closed = await until(async () => {
      const now = await samples();
      return now.get('auth_server_streams_open') === 0 && now;
    }, 'the end of the stream in the metrics');
    const expected = {
      'auth_server_sessions_active': 0,
      'auth_server_logins_total{outcome="succeeded"}': 2,
      'auth_server_logins_total{outcome="failed"}': 1,
      'auth_server_login_failures_total{cause="wrong_password"}': 1,
      'auth_server_refreshes_total{outcome="succeeded"}': 1,
      'auth_server_refreshes_total{outcome="reused"}': 1,
      'auth_server_refreshes_total{outcome="invalid"}': 1,
      'auth_server_request_duration_seconds_count{route="/api/auth/verify"}': 5,
      'auth_server_request_duration_seconds_bucket{route="/api/auth/verify",le="+Inf"}': 5,
      'auth_server_hashes_waiting': 0,
      'auth_server_connection_memory_bytes': 0,
      'auth_server_connection_memory_max_bytes': 64 * 1024 * 1024,
      'auth_server_connections_closed_total{cause="memory"}': 0,
      'auth_server_connections_closed_total{cause="idle"}': 0,
      'auth_server_connections_refused_total{cause="address_share"}': 0,
    };
    for (const [name, number] of Object.entries(expected)) assert.equal(closed.get(name), number, name);
    assert.ok(closed.get('auth_server_commit_writes_sum') >= closed.get('auth_server_commit_writes_count'));
    assert.ok(closed.get('auth_server_commit_writes_count') >= 5);
    assert.ok(closed.get('auth_server_commit_duration_seconds_sum') > 0);
    assert.ok(closed.get('auth_server_cache_entries') > 0);
    assert.ok(closed.get('auth_server_cache_bytes') > closed.get('auth_server_cache_entries') * 50);
  });

  it('pass promtool check metrics', async () => {
    await server.get('/none');
    const answer = await scrape();
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4');
    const find = fileURLToPath(new URL('../tools/promtool.sh', import.meta.url));
    const path = execFileSync(find, [dirname(program)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const promtool = launch(path, ['check', 'metrics'], { directory: temporaryDirectory() });
    promtool.child.stdin.end(await answer.text());
    const { code, stdout, stderr } = await within(promtool.ended, 'promtool');
    assert.deepEqual([code, stdout, stderr], [0, '', '']);
  });

  it('are on their own listener only, which serves nothing else', async () => {
    for (const path of ['/', '/api/auth/me', '/healthz', '/metrics/']) assert.equal((await scrape(path)).status, 404);
    assert.equal((await server.get('/metrics')).status, 404);
  });

  it('an address in use stops the start and is named', async () => {
    const { code, stderr } = await server.run(['--listen', '127.0.0.1:0', '--database', 'other.db', '--metrics_listen', address]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(address), stderr);
  });
});
