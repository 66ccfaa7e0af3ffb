// The command health: what a container asks about the server in it.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { launch, run, start, temporaryDirectory, until, within, writeConfiguration } from './server.mjs';

/** A port of 127.0.0.1 that nobody listens on. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resume) => server.once('listening', resume));
  const { port } = server.address();
  await new Promise((resume) => server.close(resume));
  return port;
}

/** Starts a server that listens where its configuration says. */
async function startConfigured(settings, directory = temporaryDirectory()) {
  const port = await freePort();
  const listen = settings.listen ? settings.listen(port) : `127.0.0.1:${port}`;
  writeConfiguration(directory, { cookie_secure: 'false', ...settings, listen });
  const server = await start({ settings: null, directory, args: ['--listen', listen] });
  return { server, port, directory };
}

const health = (directory, ...args) => run(['health', ...args], { directory });

describe('health', () => {
  const others = [];
  after(() => others.forEach((server) => server.close()));

  /** A server that is none of ours: its URL. */
  async function stranger(server) {
    others.push(server.listen(0, '127.0.0.1'));
    await new Promise((resume) => server.once('listening', resume));
    return `http://127.0.0.1:${server.address().port}`;
  }

  it('succeeds while the configured server is ready, and fails with a reason when it is not, or stopped', async () => {
    const { server, port, directory } = await startConfigured({});
    assert.deepEqual(await health(directory), { code: 0, signal: null, stdout: '', stderr: `http://127.0.0.1:${port} is ready\n` });

    renameSync(join(directory, 'auth.db'), join(directory, 'away.db'));
    await until(async () => (await server.get('/readyz')).status === 503, 'not ready');
    const { code, stderr } = await health(directory);
    assert.deepEqual([code, stderr], [1, `auth-server: http://127.0.0.1:${port} is not ready (status 503); the log of the server says why\n`]);
    renameSync(join(directory, 'away.db'), join(directory, 'auth.db'));
    await until(async () => (await health(directory)).code === 0, 'ready again');

    await server.stop();
    const stopped = await health(directory);
    assert.deepEqual([stopped.code, stopped.stderr], [1, `auth-server: no server answers at http://127.0.0.1:${port}: Connection refused\n`]);
  });

  it('finds a server on the wildcard address, and on a Unix socket', async () => {
    const everywhere = await startConfigured({ listen: (port) => `0.0.0.0:${port}, 127.0.0.1:0` });
    assert.equal((await health(everywhere.directory)).code, 0);
    await everywhere.server.stop();

    const directory = temporaryDirectory();
    const socket = `unix:${join(directory, 'auth.sock')}`;
    const { server } = await startConfigured({ listen: (port) => `${socket}, 127.0.0.1:${port}` }, directory);
    assert.deepEqual(await health(directory), { code: 0, signal: null, stdout: '', stderr: `${socket} is ready\n` });
    await server.stop();
    const stopped = await health(directory);
    assert.equal(stopped.code, 1);
    assert.match(stopped.stderr, /^auth-server: no server answers at unix:.*auth\.sock: No such file or directory\n$/);
  });

  it('asks over TLS, whatever name the certificate has; with --url the certificate must be valid', async () => {
    const directory = temporaryDirectory();
    const made = launch('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
      '-subj', '/CN=auth.example.org', '-addext', 'subjectAltName=DNS:localhost', '-keyout', 'tls.key', '-out', 'tls.crt'], { directory });
    assert.equal((await within(made.ended, 'openssl')).code, 0);
    const { server, port } = await startConfigured({ tls_certificate: 'tls.crt', tls_private_key: 'tls.key' }, directory);
    assert.deepEqual(await health(directory), { code: 0, signal: null, stdout: '', stderr: `https://127.0.0.1:${port} is ready\n` });
    const ask = (url, environment) => run(['health', '--url', url], { directory, environment });
    const trusted = { SSL_CERT_FILE: join(directory, 'tls.crt') };
    assert.match((await ask(`https://localhost:${port}`)).stderr, /the TLS handshake with .* failed: certificate verify failed\n$/);
    assert.match((await ask(`https://127.0.0.1:${port}`, trusted)).stderr, /certificate verify failed\n$/);
    assert.equal((await ask(`https://localhost:${port}`, trusted)).code, 0);
    assert.match((await ask(`http://127.0.0.1:${port}`)).stderr, /(did not answer in HTTP|closed the connection)/);
    await server.stop();
  });

  it('with --url asks that server, below its path, and needs no configuration', async () => {
    const { server, port, directory } = await startConfigured({});
    writeConfiguration(directory, { workers: 'broken' });
    assert.equal((await health(directory)).code, 1);
    assert.equal((await health(directory, '--url', `http://127.0.0.1:${port}`)).code, 0);
    assert.match((await health(directory, '--url', `http://127.0.0.1:${port}/elsewhere`)).stderr, /answered GET \/elsewhere\/readyz with status 404/);
    assert.equal((await health(directory, '--url', 'localhost')).code, 1);
    await server.stop();
  });

  it('says that it cannot know a port that the system chooses', async () => {
    const directory = temporaryDirectory();
    writeConfiguration(directory, { listen: '127.0.0.1:0' });
    const { code, stderr } = await health(directory);
    assert.deepEqual([code, stderr], [1, 'auth-server: the setting listen leaves the port to the system (127.0.0.1:0); name the server with --url\n']);
  });

  it('ends in bounded time if nothing, or an endless line, is answered', async () => {
    const silent = await stranger(net.createServer((socket) => { socket.on('error', () => {}); }));
    const endless = await stranger(net.createServer((socket) => {
      socket.on('error', () => {});
      const timer = setInterval(() => socket.write('x'), 100);
      socket.on('close', () => clearInterval(timer));
    }));
    const results = await Promise.all([silent, endless].map((url) => health(temporaryDirectory(), '--url', url)));
    for (const { code, stderr } of results) {
      assert.equal(code, 1);
      assert.match(stderr, /did not answer within 5000 ms\n$/);
    }
  });

  it('is not deceived by a server of another kind', async () => {
    const web = await stranger(createHttpServer((request, response) => response.writeHead(302, { Location: '/' }).end()));
    assert.match((await health(temporaryDirectory(), '--url', web)).stderr, /with status 302; is it an auth-server\?\n$/);
    const mail = await stranger(net.createServer((socket) => socket.on('error', () => {}).end('220 mail.example.org ESMTP\r\n')));
    assert.match((await health(temporaryDirectory(), '--url', mail)).stderr, /did not answer in HTTP|closed the connection/);
  });
});
