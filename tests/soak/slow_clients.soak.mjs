// 1,000 clients send headers, 1,000 bodies and 500 TLS handshakes byte by byte, all at once: each is closed at its deadline,
// and others are not affected.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import https from 'node:https';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { launch, start, temporaryDirectory, within } from '../e2e/server.mjs';
import { claim, closedAt, connectMany, dripUntilClosed, meanwhile, median, ms, quantile, verifyFresh } from './soak.mjs';

async function startWithTls() {
  const directory = temporaryDirectory();
  const openssl = launch('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
    '-days', '2', '-subj', '/CN=soak', '-keyout', 'server.key', '-out', 'server.crt'], { directory });
  const made = await within(openssl.ended, 'the certificate');
  assert.equal(made.code, 0, made.stderr);
  return start({ directory, settings: { tls_certificate: 'server.crt', tls_private_key: 'server.key' } });
}

/** The first flight of a TLS client. */
async function clientHello() {
  let sent;
  const flight = new Promise((resolve) => { sent = resolve; });
  const stream = new Duplex({ read() {}, write(bytes, encoding, done) { sent(bytes); done(); } });
  const client = tls.connect({ socket: stream, rejectUnauthorized: false });
  client.on('error', () => {});
  const bytes = await flight;
  client.destroy();
  return bytes;
}

/** One request over a new TLS connection. */
async function fetchOverTls(server) {
  const request = https.get({ host: '127.0.0.1', port: server.port, path: '/healthz', agent: false, rejectUnauthorized: false });
  const [response] = await once(request, 'response');
  assert.equal(response.statusCode, 200);
  response.resume();
  await once(response, 'end');
}

function others(what, times) {
  assert.ok(times.length > 20, `only ${times.length} were served`);
  assert.ok(quantile(times, 0.99) < 100, `the 99th percentile is ${ms(quantile(times, 0.99))}`);
  return `${times.length} ${what}: median ${ms(median(times))}, 99th percentile ${ms(quantile(times, 0.99))}, longest ${ms(Math.max(...times))}`;
}

const plain = await start();
const encrypted = await startWithTls();
const user = await plain.register();

const body = JSON.stringify({ email: user.email, password: user.password });
const dripped = (socketsOf, rest) => socketsOf.then((sockets) => dripUntilClosed(sockets, rest));
const hello = await clientHello();
const half = Math.floor(hello.length / 2);

const verified = meanwhile(verifyFresh(plain, user.accessToken));
const handshaken = meanwhile(() => fetchOverTls(encrypted), 50);
const headers = dripped(connectMany(plain.port, 1000, 'GET /healthz HTTP/1.1\r\nHost: x\r\nA: '), Buffer.from('b'));
const bodies = dripped(connectMany(plain.port, 1000,
  `POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`), Buffer.from(body));
const handshakes = dripped(connectMany(encrypted.port, 500, hello.subarray(0, half)), hello.subarray(half));

await claim('clients that send headers byte by byte are closed at 10 s', async () => closedAt(10_000, await headers));
await claim('clients that send TLS handshakes byte by byte are closed at 10 s', async () => closedAt(10_000, await handshakes));
await claim('clients that send bodies byte by byte are closed at 30 s', async () => closedAt(30_000, await bodies));
await claim('meanwhile others are served within 100 ms', async () =>
  `${others('verified', await verified.stop())}; ${others('over TLS', await handshaken.stop())}`);
await claim('afterwards both servers stop cleanly', async () => {
  for (const server of [plain, encrypted]) assert.equal((await server.stop()).code, 0);
  return 'exit code 0';
});
