// The doctor against real servers: without a proxy, behind an nginx with every mistake, and with a certificate about to expire.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { currentOf, goodPassword } from './client.mjs';
import { startNginx } from './nginx.mjs';
import { launch, run, start, temporaryDirectory, until, within } from './server.mjs';

/** Runs the doctor in the directory of a server, or in another: `{code, healthy, seenAddress, found, notChecked, text}`. */
async function examine(where, url, { password, args = [], environment } = {}) {
  const options = { directory: where.directory ?? where, input: password ? `${password}\n` : '', environment };
  const { code, stdout, stderr } = await run(['doctor', url, '--json', ...args], options);
  assert.equal(stderr, '');
  const { healthy, seenAddress, checks } = JSON.parse(stdout);
  assert.equal(code, healthy ? 0 : 1);
  const found = checks.flatMap(({ topic, findings }) => findings.map(({ severity, setting }) => [topic, severity, setting].join(' ')));
  const notChecked = checks.filter((check) => check.notChecked).map(({ topic }) => topic);
  return { code, seenAddress, found, notChecked, text: stdout };
}

const user = { email: 'patient@example.org', password: goodPassword };
const asUser = { password: user.password, args: ['--user', user.email] };

describe('the doctor on a server\'s machine', () => {
  let server;
  before(async () => {
    server = await start({ settings: { jwt_secret: 'none', cookie_secure: 'true', allowed_origins: 'http://app.localhost' } });
    await server.register(user);
  });
  after(() => server.stop());

  it('finds nothing wrong, leaves no session, and says what it did not check', async () => {
    const strange = await examine(server, server.url);
    assert.deepEqual([strange.found, strange.notChecked, strange.seenAddress], [[], ['address', 'clock', 'events'], null]);
    const known = await examine(server, server.url, asUser);
    assert.deepEqual([known.found, known.notChecked, known.seenAddress], [[], [], '127.0.0.1']);
    const { sessions } = (await server.get('/api/sessions', { token: (await server.login(user)).accessToken })).data;
    assert.deepEqual(sessions.map(({ userAgent }) => userAgent).filter((agent) => /doctor/.test(agent)), []);
    assert.ok(currentOf(sessions));
  });

  it('reports which origins may use the server', async () => {
    assert.deepEqual((await examine(server, server.url, { args: ['--origin', 'http://app.localhost'] })).found, ['origins warning ']);
    const refused = await examine(server, server.url, { args: ['--origin', 'https://app.example.org'] });
    assert.deepEqual(refused.found, ['origins error allowed_origins', 'origins warning ']);
    assert.match(refused.text, /allowed_origins = https:\/\/app\.example\.org/);
  });

  it('distinguishes a wrong password, no server and another program', async () => {
    const wrong = await examine(server, server.url, { ...asUser, password: 'not the password' });
    assert.deepEqual([wrong.found, wrong.notChecked], [['connection error '], ['address', 'clock', 'events']]);
    assert.match(wrong.text, /INVALID_CREDENTIALS/);
    assert.match((await examine(server, `${server.url}/elsewhere`)).text, /is not auth-server/);
    assert.match((await examine(server, 'http://127.0.0.1:1')).text, /Nothing answers/);
    assert.match((await examine(server, `https://127.0.0.1:${server.port}`)).text, /Nothing answers/);
  });

  it('sends no password over plain http to another machine unless told to, nor asks for it', async () => {
    // 0.0.0.0 reaches this machine, and is not a loopback address.
    const url = `http://0.0.0.0:${server.port}`;
    const loginsOf = () => server.process.stderr.split('\n').filter((line) => line.includes('login_')).length;
    const before = loginsOf();
    for (const password of [user.password, undefined]) {
      const careful = await examine(server, url, { ...asUser, password });
      assert.equal(careful.code, 1);
      assert.deepEqual(careful.found.slice(0, 1), ['connection error tls_certificate']);
      assert.deepEqual(careful.notChecked, ['address', 'clock', 'events']);
      assert.match(careful.text, /no password was sent, because the connection to another machine is not encrypted \(use https; --insecure /);
    }
    assert.equal(loginsOf(), before);
    const careless = await examine(server, url, { ...asUser, args: [...asUser.args, '--insecure'] });
    assert.deepEqual(careless.notChecked, []);
    assert.equal(loginsOf(), before + 1);
  });

  it('finds a secret that others can read', async () => {
    const secretFile = join(server.directory, 'auth.db.secret');
    chmodSync(secretFile, 0o644);
    const open = await examine(server, server.url);
    chmodSync(secretFile, 0o600);
    assert.deepEqual(open.found, ['files error jwt_secret_file']);
    assert.match(open.text, /chmod 600 auth\.db\.secret/);
  });

  it('checks no files on another machine than the server\'s, and creates none', async () => {
    const directory = temporaryDirectory();
    assert.deepEqual((await examine(directory, server.url)).notChecked, ['address', 'clock', 'events', 'files']);
    assert.ok(!existsSync(join(directory, 'auth.db')));
  });
});

describe('the doctor in front of nginx', () => {
  let proxy;
  const behind = async (settings, location) => {
    const server = await start({ settings });
    await server.register(user);
    proxy = await startNginx(server.directory, (port) => `server { listen 127.0.0.1:${port}; location /api/ {
      proxy_pass http://127.0.0.1:${server.port}; ${location} } }`);
    return { server, url: `http://127.0.0.1:${proxy.port}` };
  };
  const end = async (server) => {
    proxy.process.child.kill('SIGTERM');
    await within(proxy.process.ended, 'the end of nginx');
    assert.equal((await server.stop()).code, 0);
  };

  it('finds delayed events, an untrusted proxy, a lost Host and a rewritten cookie', async () => {
    const { server, url } = await behind({}, 'proxy_ignore_headers X-Accel-Buffering; proxy_cookie_path /api /elsewhere;');
    const strange = await examine(server, url);
    assert.deepEqual(strange.found, ['cookie error ', 'origins warning allowed_origins', 'address error trusted_proxies']);
    const known = await examine(server, url, asUser);
    assert.deepEqual(known.found, [...strange.found, 'events error ']);
    assert.equal(known.seenAddress, '127.0.0.1');
    assert.match(known.text, /trusted_proxies = 127\.0\.0\.1/);
    await end(server);
  });

  it('finds nothing wrong with a correct configuration', async () => {
    const { server, url } = await behind({ trusted_proxies: '127.0.0.1' }, `proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_buffering off;`);
    const { found, notChecked } = await examine(server, url, asUser);
    assert.deepEqual([found, notChecked], [[], []]);
    await end(server);
  });
});

describe('the doctor and a certificate', () => {
  const directory = temporaryDirectory();
  const openssl = async (...args) => {
    const process = launch('openssl', args, { directory });
    process.child.stdin.end();
    const { code, stderr } = await within(process.ended, `openssl ${args[0]}`);
    assert.equal(code, 0, stderr);
  };

  it('finds that it expires soon and is not trusted, and then sends no password', async () => {
    const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().replace(/[-:T]/g, '').slice(2, 14) + 'Z';
    mkdirSync(join(directory, 'issued'));
    writeFileSync(join(directory, 'index.txt'), '');
    writeFileSync(join(directory, 'ca.conf'), `[ca]\ndefault_ca = own\n[own]\ndatabase = index.txt\nnew_certs_dir = issued\nrand_serial = yes\n
default_md = sha256\npolicy = any\nx509_extensions = names\n[any]\ncommonName = supplied\n[names]\nsubjectAltName = IP:127.0.0.1\n`);
    await openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr');
    await openssl('ca', '-batch', '-notext', '-selfsign', '-config', 'ca.conf', '-keyfile', 'server.key', '-in', 'server.csr', '-out', 'server.crt',
      '-startdate', day(-85), '-enddate', day(5));
    chmodSync(join(directory, 'server.key'), 0o600);
    const server = await start({ directory, settings: { tls_certificate: 'server.crt', tls_private_key: 'server.key', cookie_secure: 'true' } });
    const url = `https://127.0.0.1:${server.port}`;
    await server.command(['user', 'add', user.email], { input: `${user.password}\n` });

    const untrusted = await examine(server, url, asUser);
    assert.deepEqual(untrusted.found, ['certificate error tls_certificate', 'certificate warning tls_certificate']);
    assert.match(untrusted.text, /expires in 4 days/);
    assert.match(untrusted.text, /no password was sent/);
    assert.ok(!server.process.stderr.includes('login_'));

    copyFileSync(join(directory, 'server.crt'), join(directory, 'ca.pem'));
    const trusted = await examine(server, url, { ...asUser, environment: { SSL_CERT_FILE: join(directory, 'ca.pem') } });
    assert.deepEqual([trusted.found, trusted.notChecked], [['certificate warning tls_certificate'], []]);
    await until(() => server.process.stderr.includes('login_succeeded'), 'word of it in the log');
    assert.equal((await server.stop()).code, 0);
  });
});
