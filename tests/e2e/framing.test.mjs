// Bytes on a socket: malformed requests get a defined answer and do not affect other clients.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { checkAnswer, parseAnswers } from './client.mjs';
import { start, within } from './server.mjs';

let server;
let user;
before(async () => {
  server = await start();
  user = await server.register();
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});
afterEach(async () => {
  const begin = performance.now();
  assert.equal((await server.get('/healthz', { agent: false })).status, 200);
  assert.ok(performance.now() - begin < 1000, 'the next client is served within a second');
});

const bearer = () => `Authorization: Bearer ${user.accessToken}\r\n`;
const healthy = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const latin = (text) => Buffer.from(text, 'latin1');
const body = () => JSON.stringify({ email: user.email, password: user.password });
const post = (path, fields, content, more = '') => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${fields}\r\n${content}${more}`;

/** Sends a valid request after the bytes: it must not be answered, because the connection closes. */
async function refusedAndClosed(bytes, status, code, { method = 'GET' } = {}) {
  const received = await server.exchange(Buffer.concat([latin(bytes), latin(healthy)]));
  const answers = parseAnswers(received, method === 'HEAD' ? [0] : []);
  assert.equal(answers.length, 1, `one answer: ${received.toString('latin1').slice(0, 400)}`);
  const [answer] = answers;
  checkAnswer(answer);
  assert.ok([status].flat().includes(answer.status), `${answer.status} ${answer.text}`);
  if (method !== 'HEAD' && code) assert.equal(answer.json?.code, code, answer.text);
  assert.equal(answer.headers.connection?.toLowerCase(), 'close');
}

async function answersTo(bytes, options) {
  const answers = parseAnswers(await server.exchange(latin(bytes), options));
  answers.forEach((answer) => checkAnswer(answer));
  return answers;
}

function refusals(group, table) {
  describe(group, () => {
    for (const [what, bytes, status, code] of table) {
      it(`${what}: ${status}`, () => refusedAndClosed(typeof bytes === 'function' ? bytes() : bytes, status, code));
    }
  });
}

const get = (fields, target = '/healthz') => `GET ${target} HTTP/1.1\r\n${fields}\r\n`;

refusals('request lines', [
  ['no version', 'GET /healthz\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['HTTP/0.9', 'GET /healthz\r\n\r\n', 400, 'BAD_REQUEST'],
  ['HTTP/2.0', 'GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n', [400, 505]],
  ['HTTP/1.2', 'GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n', [400, 505]],
  ['HTTP/1.10', 'GET /healthz HTTP/1.10\r\nHost: x\r\n\r\n', 400],
  ['http/1.1', 'GET /healthz http/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400, 505]],
  ['a version with a blank', 'GET /healthz HTTP/1.1 \r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['two blanks', 'GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a tab', 'GET\t/healthz\tHTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['four words', 'GET /healthz x HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a blank first', ' GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['no slash first', 'GET healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a fragment', 'GET /healthz#x HTTP/1.1\r\nHost: x\r\n\r\n', [400, 404]],
  ['a control character', 'GET /heal\u0001thz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a NUL', 'GET /heal\u0000thz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a byte over 127', 'GET /heal\u00e9thz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a method with a control character', 'G\u0001T /healthz HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['an unknown method', 'BREW /healthz HTTP/1.1\r\nHost: x\r\n\r\n', [405, 501]],
  ['a method in lower case', 'get /healthz HTTP/1.1\r\nHost: x\r\n\r\n', [400, 405, 501]],
  ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n', [400, 405, 501]],
  ['an endless method', `${'A'.repeat(5000)} / HTTP/1.1\r\nHost: x\r\n\r\n`, [400, 405, 431, 501]],
  ['a target over 2 KiB', get('Host: x\r\n', `/${'a'.repeat(2048)}`), 414, 'URI_TOO_LONG'],
  ['a target of 12 KiB', get('Host: x\r\n', `/${'a'.repeat(12000)}`), 414, 'URI_TOO_LONG'],
  ['a target that does not end', `GET /${'a'.repeat(20000)}`, 414, 'URI_TOO_LONG'],
  ['a TLS handshake', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003' + 'x'.repeat(500) + '\r\n\r\n', 400, 'BAD_REQUEST'],
]);

refusals('line ends and fields', [
  ['LF alone', 'GET /healthz HTTP/1.1\nHost: x\n\n', 400, 'BAD_REQUEST'],
  ['LF after the request line', 'GET /healthz HTTP/1.1\nHost: x\r\n\r\n', 400, 'BAD_REQUEST'],
  ['LF after a field', 'GET /healthz HTTP/1.1\r\nHost: x\nA: b\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a CR alone in a value', get('Host: x\r\nA: b\rc\r\n'), 400, 'BAD_REQUEST'],
  ['a NUL in a value', get('Host: x\r\nA: b\u0000c\r\n'), 400, 'BAD_REQUEST'],
  ['a control character in a value', get('Host: x\r\nA: b\u0007c\r\n'), 400, 'BAD_REQUEST'],
  ['a blank before the colon', get('Host: x\r\nContent-Length : 5\r\n'), 400, 'BAD_REQUEST'],
  ['a folded field', get('Host: x\r\nA: b\r\n c\r\n'), 400, 'BAD_REQUEST'],
  ['a folded first field', get(' Host: x\r\nHost: x\r\n'), 400, 'BAD_REQUEST'],
  ['a field without a name', get('Host: x\r\n: b\r\n'), 400, 'BAD_REQUEST'],
  ['a field without a colon', get('Host: x\r\nHello\r\n'), 400, 'BAD_REQUEST'],
  ['a name with a blank', get('Host: x\r\nA b: c\r\n'), 400, 'BAD_REQUEST'],
  ['a name with a parenthesis', get('Host: x\r\nA(b): c\r\n'), 400, 'BAD_REQUEST'],
  ['101 fields', get(`Host: x\r\n${'A: b\r\n'.repeat(100)}`), 431, 'HEADERS_TOO_LARGE'],
  ['17 KiB in one field', get(`Host: x\r\nA: ${'b'.repeat(17 * 1024)}\r\n`), 431, 'HEADERS_TOO_LARGE'],
  ['17 KiB in forty fields', get(`Host: x\r\n${`A: ${'b'.repeat(430)}\r\n`.repeat(40)}`), 431, 'HEADERS_TOO_LARGE'],
  ['fields that do not end', `GET /healthz HTTP/1.1\r\nHost: x\r\nA: ${'b'.repeat(40000)}`, 431, 'HEADERS_TOO_LARGE'],
]);

refusals('Host', [
  ['missing', get(''), 400, 'BAD_REQUEST'],
  ['twice', get('Host: x\r\nHost: x\r\n'), 400, 'BAD_REQUEST'],
  ['twice in different cases', get('Host: x\r\nhOST: y\r\n'), 400, 'BAD_REQUEST'],
  ['with a blank', get('Host: x y\r\n'), 400, 'BAD_REQUEST'],
  ['with a slash', get('Host: x/y\r\n'), 400, 'BAD_REQUEST'],
  ['with a user', get('Host: a@x\r\n'), 400, 'BAD_REQUEST'],
  ['with a bad port', get('Host: x:8a\r\n'), 400, 'BAD_REQUEST'],
  ['two in one', get('Host: x, y\r\n'), 400, 'BAD_REQUEST'],
  ['percent-encoded', get('Host: %78%00\r\n'), 400, 'BAD_REQUEST'],
  ['open bracket', get('Host: [::1\r\n'), 400, 'BAD_REQUEST'],
]);

const login = (fields, content = '{}') => () => post('/api/auth/login', fields, content);
refusals('lengths and codings', [
  ...['-1', '+5', '5abc', '10,20', '2, 2', '0x2', '2.0', '', ' ', '2 2', '18446744073709551618', '99999999999999999999999', '%32', '1e1'].map(
    (value) => [`Content-Length: "${value}"`, login(`Content-Length: ${value}\r\n`), value.length > 10 ? [400, 413] : 400]),
  ['two lengths', login('Content-Length: 2\r\nContent-Length: 3\r\n'), 400, 'BAD_REQUEST'],
  ['two equal lengths', login('Content-Length: 2\r\nContent-Length: 2\r\n'), 400, 'BAD_REQUEST'],
  ['chunked beside a length', login('Content-Length: 2\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400, 'BAD_REQUEST'],
  ['identity beside a length', login('Content-Length: 2\r\nTransfer-Encoding: identity\r\n'), 400, 'BAD_REQUEST'],
  ['chunked', login('Transfer-Encoding: chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'), 411, 'LENGTH_REQUIRED'],
  ['chunked in capitals', login('Transfer-Encoding: Chunked\r\n', '2\r\n{}\r\n0\r\n\r\n'), 411, 'LENGTH_REQUIRED'],
  ['chunked on GET', get('Host: x\r\nTransfer-Encoding: chunked\r\n') + '0\r\n\r\n', [400, 411]],
  ['chunk size -2', login('Transfer-Encoding: chunked\r\n', '-2\r\n{}\r\n0\r\n\r\n'), 411, 'LENGTH_REQUIRED'],
  ['gzip', login('Transfer-Encoding: gzip\r\n'), 501, 'NOT_IMPLEMENTED'],
  ['gzip, chunked', login('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), [411, 501]],
  ['chunked twice', login('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), [400, 411, 501]],
  ['xchunked', login('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 501, 'NOT_IMPLEMENTED'],
  ['a vertical tab before chunked', login('Transfer-Encoding: \u000bchunked\r\n', '0\r\n\r\n'), [400, 501]],
  ['chunked, percent-encoded', login('Transfer-Encoding: %63hunked\r\n', '0\r\n\r\n'), [400, 501]],
  ['an empty coding', login('Transfer-Encoding:\r\n'), [400, 501]],
  ['a coding in HTTP/1.0', () => 'POST /api/auth/login HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', [400, 411]],
  ['a body on GET', get('Host: x\r\nContent-Length: 2\r\n') + '{}', 400, 'BAD_REQUEST'],
  ['a body of 16 KiB and one', login('Content-Length: 16385\r\n', ' '.repeat(16385)), 413, 'BODY_TOO_LARGE'],
  ['a body of 9 GB, announced', login('Content-Length: 9999999999\r\n', ''), 413, 'BODY_TOO_LARGE'],
  ['a compressed body', login('Content-Encoding: gzip\r\nContent-Length: 2\r\n'), 415, 'UNSUPPORTED_MEDIA_TYPE'],
]);

it('a body on HEAD is refused', () => refusedAndClosed('HEAD /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', 400, 'BAD_REQUEST', { method: 'HEAD' }));

describe('valid requests in unusual form', () => {
  it('one byte at a time', async () => {
    const socket = await server.connect();
    socket.setNoDelay(true);
    const bytes = latin(post('/api/auth/login', `Content-Length: ${body().length}\r\nConnection: close\r\n`, body()));
    for (const byte of bytes) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await within(socket.finished, 'the answer');
    const [answer] = parseAnswers(socket.received);
    checkAnswer(answer);
    assert.equal(answer.status, 200);
  });

  it('pipelined requests are answered in order', async () => {
    const one = (target, fields = '') => `GET ${target} HTTP/1.1\r\nHost: x\r\n${fields}\r\n`;
    const many = Array.from({ length: 50 }, (_, at) => (at % 2 ? one(`/none${at}`) : one('/api/auth/me', bearer()))).join('');
    const last = post('/api/auth/login', `Content-Length: ${body().length}\r\nConnection: close\r\n`, body());
    const answers = await answersTo(many + last + healthy);
    assert.equal(answers.length, 51);
    assert.deepEqual(answers.map((answer) => answer.status), [...Array.from({ length: 50 }, (_, at) => (at % 2 ? 404 : 200)), 200]);
    assert.ok(answers[50].json.data.accessToken);
    assert.equal(answers[50].headers.connection?.toLowerCase(), 'close');
  });

  it('a pipelined HEAD, POST and 204 keep their places', async () => {
    const bytes = `HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n${post('/api/auth/login', 'Content-Length: 2\r\n', '{}')}`
      + `OPTIONS /healthz HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\nAccess-Control-Request-Method: GET\r\n\r\n${get('Host: x\r\nConnection: close\r\n')}`;
    const answers = parseAnswers(await server.exchange(latin(bytes)), [0]);
    assert.deepEqual(answers.map((answer) => answer.status), [200, 422, 204, 200]);
  });

  it('valid requests before a malformed one are answered, then it is refused and the connection closes', async () => {
    const answers = await answersTo(`${healthy}${healthy}BAD\r\n\r\n${healthy}`);
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200, 400]);
  });

  it('half-closed clients are answered', async () => {
    for (const [bytes, status] of [[healthy, 200], [get(`Host: x\r\n${bearer()}`, '/api/auth/me'), 200],
      [post('/api/auth/login', `Content-Length: ${body().length}\r\n`, body()), 200]]) {
      assert.equal((await answersTo(bytes, { thenClose: true }))[0].status, status);
    }
    const answers = await answersTo(healthy + healthy, { thenClose: true });
    assert.deepEqual(answers.map((answer) => answer.status), [200, 200]);
  });

  it('half a request followed by a close has no effect', async () => {
    for (const bytes of ['', 'G', 'GET /healthz HTTP/1.1\r\nHost: x\r\n', post('/api/auth/login', 'Content-Length: 100\r\n', '{')]) {
      const received = await server.exchange(latin(bytes), { thenClose: true });
      parseAnswers(received).forEach((answer) => { checkAnswer(answer); assert.equal(answer.status, 400); });
    }
  });

  it('HTTP/1.0 is served and closed, with or without Host', async () => {
    for (const fields of ['', 'Host: x\r\n', 'Connection: keep-alive\r\n']) {
      const [answer] = await answersTo(`GET /healthz HTTP/1.0\r\n${fields}\r\n`);
      assert.equal(answer.status, 200);
      assert.notEqual(answer.headers.connection?.toLowerCase(), 'keep-alive');
    }
    const [answer] = await answersTo(`POST /api/auth/login HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: ${body().length}\r\n\r\n${body()}`);
    assert.equal(answer.status, 200);
  });

  it('Connection: close is obeyed in any case and among other options', async () => {
    for (const value of ['close', 'Close', 'CLOSE', 'x, close', 'keep-alive, Close']) {
      const answers = await answersTo(get(`Host: x\r\nConnection: ${value}\r\n`) + healthy);
      assert.equal(answers.length, 1, value);
    }
  });

  it('a connection serves 500 requests in turn', async () => {
    const answers = await answersTo(healthy.repeat(500) + get('Host: x\r\nConnection: close\r\n'));
    assert.equal(answers.length, 501);
  });

  it('the absolute form of a target is understood', async () => {
    const [answer] = await answersTo('GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.equal(answer.status, 200);
  });

  it('an empty line before the request is accepted or refused', async () => {
    const [answer] = await answersTo(`\r\n${get('Host: x\r\nConnection: close\r\n')}`);
    assert.ok([200, 400].includes(answer.status));
  });

  it('exactly 100 fields, a target of 2,000 bytes and a body of 16 KiB are accepted', async () => {
    const [most] = await answersTo(get(`Host: x\r\nConnection: close\r\n${'A: b\r\n'.repeat(98)}`));
    assert.equal(most.status, 200);
    const [long] = await answersTo(get('Host: x\r\nConnection: close\r\n', `/${'a'.repeat(1999)}`));
    assert.equal(long.status, 404);
    const padded = body().slice(0, -1).padEnd(16383) + '}';
    const [large] = await answersTo(post('/api/auth/login', 'Connection: close\r\nContent-Length: 16384\r\n', padded));
    assert.equal(large.status, 200);
  });

  it('Expect: 100-continue may be ignored, but the body is read', async () => {
    const answers = parseAnswers(await server.exchange(latin(post('/api/auth/login', `Expect: 100-continue\r\nConnection: close\r\nContent-Length: ${body().length}\r\n`, body()))));
    assert.equal(answers.at(-1).status, 200);
  });

  it('Range, Accept-Encoding and addresses in fields change nothing', async () => {
    const plain = (await answersTo(get(`Host: x\r\nConnection: close\r\n${bearer()}`, '/api/auth/me')))[0];
    for (const field of ['Range: bytes=0-1', `Range: bytes=${'0-1,'.repeat(1000)}0-1`, `Range: bytes=${'0'.repeat(8000)}-`, 'Accept-Encoding: br, gzip, deflate',
      'REMOTE_ADDR: 10.9.8.7', 'LOCAL_ADDR: 10.9.8.7', 'X-Forwarded-For: 10.9.8.7', 'If-None-Match: *', 'Upgrade: h2c', 'X-HTTP-Method-Override: DELETE']) {
      const [answer] = await answersTo(get(`Host: x\r\nConnection: close\r\n${field}\r\n${bearer()}`, '/api/auth/me'));
      assert.equal(answer.status, 200, field);
      assert.equal(answer.headers['content-encoding'], undefined);
      assert.equal(answer.headers['content-range'], undefined);
      assert.deepEqual(answer.json.data.user, plain.json.data.user);
    }
  });

  it('the address comes from the connection, not from fields', async () => {
    const forged = 'REMOTE_ADDR: 10.9.8.7\r\nX-Forwarded-For: 10.9.8.7\r\nX-Real-IP: 10.9.8.7\r\nForwarded: for=10.9.8.7\r\n';
    const [answer] = await answersTo(post('/api/auth/login', `${forged}Connection: close\r\nContent-Length: ${body().length}\r\n`, body()));
    assert.equal(answer.json.data.sessions.find((session) => session.current).ipAddress, '127.0.0.1');
  });

  it('percent signs in field values arrive unchanged', async () => {
    const agent = 'a%0d%0aSet-Cookie:%20x=y%00%41%';
    const [answer] = await answersTo(post('/api/auth/login', `User-Agent: ${agent}\r\nConnection: close\r\nContent-Length: ${body().length}\r\n`, body()));
    assert.equal(answer.json.data.sessions.find((session) => session.current).userAgent, agent);
    assert.equal(answer.headers['set-cookie'].includes('x=y'), false);
  });

  it('a user agent of arbitrary bytes is returned as valid JSON', async () => {
    const [answer] = await answersTo(post('/api/auth/login', `User-Agent: \u00ff\u00fe"\\<script>\u00c3\u00a9\r\nConnection: close\r\nContent-Length: ${body().length}\r\n`, body()));
    assert.equal(answer.status, 200);
    assert.match(answer.json.data.sessions.find((session) => session.current).userAgent, /<script>/);
  });
});

describe('after an error', () => {
  it('an ordinary 401, 404, 405 or 422 keeps the connection', async () => {
    const answers = await answersTo(get('Host: x\r\n', '/api/auth/me') + get('Host: x\r\n', '/none') + get('Host: x\r\n', '/api/auth/login')
      + post('/api/auth/login', 'Content-Length: 2\r\n', '{}') + get('Host: x\r\nConnection: close\r\n'));
    assert.deepEqual(answers.map((answer) => answer.status), [401, 404, 405, 422, 200]);
  });

  it('a body sent to a path or method that reads none is never parsed as a request', async () => {
    const smuggled = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    for (const line of ['POST /none', 'POST /healthz', 'PUT /api/auth/login', 'DELETE /api/sessions', 'OPTIONS /healthz', 'TRACE /healthz', 'PATCH /none']) {
      const received = await server.exchange(latin(`${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`), { thenClose: true });
      const answers = parseAnswers(received);
      answers.forEach((answer) => checkAnswer(answer));
      assert.equal(answers.length, 1, line);
      assert.ok(!received.includes('{"status":"ok"}'), line);
    }
  });
});

/** Pseudo-random numbers from 0 to 1, the same in each run. */
function* seeded(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe('noise', () => {
  const numbers = seeded(20261123);
  const below = (limit) => Math.floor(numbers.next().value * limit);

  it('1 MB of random bytes, in one connection and in a hundred', async () => {
    const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => below(256)));
    const whole = await server.connect();
    whole.end(noise);
    await within(whole.finished, 'an end');
    for (let at = 0; at < 100; at += 1) {
      const socket = await server.connect();
      socket.end(noise.subarray(at * 10_000, at * 10_000 + 10_000));
      await within(socket.finished, 'an end');
      const text = socket.received.toString('latin1');
      if (text !== '') assert.match(text, /^HTTP\/1\.1 (400|414|431|501) /);
    }
  });

  it('10,000 mutated tokens over keep-alive are each 401', async () => {
    const token = user.accessToken;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ %~"';
    const mutate = () => {
      const at = below(token.length);
      const letter = alphabet[below(alphabet.length)];
      const kind = below(3);
      return token.slice(0, at) + (kind === 0 ? '' : letter) + token.slice(kind === 2 ? at : at + 1);
    };
    const tokens = Array.from({ length: 10_000 }, mutate).filter((text) => text.trim() !== token);
    const socket = await server.connect();
    const request = (text, fields = '') => get(`Host: x\r\nAuthorization: Bearer ${text}\r\n${fields}`, '/api/auth/verify');
    socket.write(tokens.map((text) => request(text)).join('') + request(token, 'Connection: close\r\n'));
    await within(socket.finished, 'all answers');
    const answers = parseAnswers(socket.received);
    assert.equal(answers.length, tokens.length + 1);
    const good = answers.slice(0, -1).flatMap((answer, at) => (answer.status === 401 ? [] : [`${answer.status} to ${tokens[at]}`]));
    assert.deepEqual(good, []);
    assert.equal(answers.at(-1).status, 200);
  });
});
