// TLS by the server itself: real handshakes, old versions refused, certificates replaced while it runs.
import assert from 'node:assert/strict';
import { copyFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { checkAnswer } from './client.mjs';
import { copiesIn, isReadable } from './memory.mjs';
import { launch, run, start, temporaryDirectory, until, within, writeConfiguration } from './server.mjs';

const directory = temporaryDirectory();
const path = (name) => join(directory, name);
let server;

async function openssl(...args) {
  const process = launch('openssl', args, { directory });
  process.child.stdin.end('Q\n');
  return within(process.ended, `openssl ${args[0]}`);
}

async function makeCertificate(name) {
  const { code, stderr } = await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', `${name}.key`, '-out', `${name}.crt`);
  assert.equal(code, 0, stderr);
  chmodSync(path(`${name}.key`), 0o600);
}

/** One request over a connection of its own: `{status, headers, text, json, name}`; name: whose certificate it was. */
function request(method, target, { body, headers } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, method, path: target, headers, agent: false, rejectUnauthorized: false };
    const sent = https.request(options, async (response) => {
      const name = response.socket.getPeerCertificate().subject.CN;
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      const answer = { method, path: target, status: response.statusCode, headers: response.headers, text, json: JSON.parse(text), name, encrypted: true };
      checkAnswer(answer);
      assert.deepEqual(response.headersDistinct['strict-transport-security'], ['max-age=31536000'], `${method} ${target}`);
      resolve(answer);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function install(name) {
  copyFileSync(path(`${name}.crt`), path('server.crt'));
  copyFileSync(path(`${name}.key`), path('server.key'));
}

before(async () => {
  await makeCertificate('first');
  await makeCertificate('second');
  install('first');
  server = await start({ directory, settings: { tls_certificate: 'server.crt', tls_private_key: 'server.key', cookie_secure: 'true' } });
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

describe('TLS', () => {
  it('the printed address says https, and signing in works', async () => {
    assert.match(server.process.stdout, /https:\/\/127\.0\.0\.1:\d+/);
    const body = JSON.stringify({ email: 'tls@example.org', password: 'a fine long passphrase' });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    const signedUp = await request('POST', '/api/auth/register', { body, headers });
    assert.equal(signedUp.status, 201, signedUp.text);
    const me = await request('GET', '/api/auth/me', { headers: { Authorization: `Bearer ${signedUp.json.data.accessToken}` } });
    assert.equal(me.status, 200);
    const pad = 'x'.repeat(12_000);
    assert.equal((await request('GET', '/healthz', { headers: { 'X-Pad': pad } })).status, 200, 'more than one record');
  });

  it('no copy of a password stays in memory while its connection is open, or afterwards', async (context) => {
    if (!isReadable(server.pid)) return context.skip('the memory of another process can be read by root alone');
    const password = 'Canary-7f3a91c2-over-TLS';
    const left = () => copiesIn(server.pid, [['the password', password]]);
    const body = JSON.stringify({ email: 'canary@example.org', password });
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false });
    let received = '';
    socket.on('data', (bytes) => { received += bytes; });
    socket.write(`POST /api/auth/register HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await until(() => /^HTTP\/1\.1 201 /.test(received), 'the account');
    await until(() => left().length === 0, 'wiping', 3000).catch(() => assert.deepEqual(left(), [], 'open'));
    socket.destroy();
    const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
    assert.equal((await request('POST', '/api/auth/login', { body, headers })).status, 200);
    await until(() => left().length === 0, 'wiping', 3000).catch(() => assert.deepEqual(left(), [], 'closed'));
  });

  it('every answer tells browsers to stay with https, refusals of malformed and too large requests too', async () => {
    for (const [target, headers, status] of [['/nowhere', {}, 404], ['/api/auth/me', {}, 401], [`/${'x'.repeat(3000)}`, {}, 414],
      ['/healthz', { 'X-Pad': 'x'.repeat(20_000) }, 431], ['/healthz', { Host: 'not a host' }, 400]]) {
      assert.equal((await request('GET', target, { headers })).status, status);
    }
    assert.equal((await request('POST', '/api/auth/login', { headers: { 'Content-Length': 20_000 } })).status, 413);
  });

  it('clients that trust the issuer trust the certificate', async () => {
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: readFileSync(path('first.crt')) });
    await new Promise((resolve, reject) => { socket.on('secureConnect', resolve); socket.on('error', reject); });
    assert.equal(socket.authorized, true);
    socket.destroy();
  });

  it('versions 1.2 and 1.3 are accepted, older ones are not', async () => {
    const speak = (version) => openssl('s_client', '-connect', `127.0.0.1:${server.port}`, version, '-cipher', 'DEFAULT:@SECLEVEL=0');
    for (const version of ['-tls1_2', '-tls1_3']) assert.match((await speak(version)).stdout, /New, TLSv1\.[23]/, version);
    for (const version of ['-tls1', '-tls1_1']) {
      const { code, stdout } = await speak(version);
      assert.ok(code !== 0 && !/New, TLSv/.test(stdout), version);
    }
  });

  it('plain HTTP, noise and incomplete handshakes have no effect on others', async () => {
    for (const bytes of ['GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', '\u0016\u0003\u0001\u0000\u0005hello', 'x'.repeat(20_000), '']) {
      const received = await server.exchange(Buffer.from(bytes, 'latin1'), { thenClose: true });
      assert.ok(!received.includes('{"status":"ok"}'));
    }
    const half = await server.connect();
    half.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
    assert.equal((await request('GET', '/healthz')).status, 200);
  });

  it('SIGHUP loads a new certificate; with a broken one the old is kept, and the log says so', async () => {
    install('second');
    server.process.child.kill('SIGHUP');
    await until(async () => (await request('GET', '/healthz')).name === 'second', 'the new certificate');
    writeFileSync(path('server.crt'), 'this is no certificate\n');
    const before = server.process.stderr.length;
    server.process.child.kill('SIGHUP');
    await until(() => /server\.crt|certificate/i.test(server.process.stderr.slice(before)), 'word of it in the log');
    assert.equal((await request('GET', '/healthz')).name, 'second');
    copyFileSync(path('first.crt'), path('server.crt'));
    server.process.child.kill('SIGHUP');
    await until(() => server.process.stderr.slice(before).split('\n').length > 2, 'word of the key that does not fit');
    assert.equal((await request('GET', '/healthz')).name, 'second', 'a certificate of another key');
  });

  it('SIGHUP checks the files as the start does', async () => {
    const { name } = await request('GET', '/healthz');
    const refusedWith = async (reason) => {
      const before = server.process.stderr.length;
      server.process.child.kill('SIGHUP');
      await until(() => server.process.stderr.slice(before).includes('certificate_kept'), 'word of it in the log');
      assert.match(server.process.stderr.slice(before), reason);
      assert.equal((await request('GET', '/healthz')).name, name);
    };
    install(name === 'first' ? 'second' : 'first');
    chmodSync(path('server.key'), 0o644);
    await refusedWith(/other users may read server\.key; run: chmod 600 server\.key/);
    chmodSync(path('server.key'), 0o600);
    chmodSync(path('server.crt'), 0o666);
    await refusedWith(/other users may change server\.crt/);
    chmodSync(path('server.crt'), 0o644);
    chmodSync(directory, 0o777);
    await refusedWith(/chmod go-w/);
    chmodSync(directory, 0o700);
    server.process.child.kill('SIGHUP');
    await until(async () => (await request('GET', '/healthz')).name !== name, 'the new certificate');
  });

  it('a key that others can read, or that does not match, stops the start', async () => {
    const other = temporaryDirectory();
    copyFileSync(path('first.crt'), join(other, 'server.crt'));
    copyFileSync(path('second.key'), join(other, 'server.key'));
    writeConfiguration(other, { tls_certificate: 'server.crt', tls_private_key: 'server.key' });
    const unfit = await run(['--listen', '127.0.0.1:0'], { directory: other });
    assert.equal(unfit.code, 1);
    assert.match(unfit.stderr, /server\.(key|crt)/);
    copyFileSync(path('first.key'), join(other, 'server.key'));
    chmodSync(join(other, 'server.key'), 0o644);
    const open = await run(['--listen', '127.0.0.1:0'], { directory: other });
    assert.equal(open.code, 1);
    assert.match(open.stderr, /server\.key/);
  });
});
