// A plain HTTP client that checks every answer against the contract and the description of the API.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { checkDescribed } from './openapi.mjs';

export const goodPassword = 'a fine long passphrase';

let accounts = 0;

/** An e-mail address that no other test uses. */
export function freshEmail() {
  accounts += 1;
  return `user${process.pid}-${accounts}@example.org`;
}

const one = (headers, name) => (Array.isArray(headers[name]) ? headers[name].join(', ') : headers[name]);

/** Asserts what holds for every answer. `tolerated` as for checkDescribed(). */
export function checkAnswer(answer, tolerated = []) {
  const { status, headers, text } = answer;
  const where = `${answer.method ?? ''} ${answer.path ?? ''} ${status} ${text.slice(0, 200)}`;
  assert.equal(one(headers, 'x-content-type-options'), 'nosniff', where);
  assert.equal(one(headers, 'cache-control'), 'no-store', where);
  assert.equal(one(headers, 'referrer-policy'), 'no-referrer', where);
  assert.match(one(headers, 'x-request-id') ?? '', /^[\x21-\x7e]+$/, where);
  assert.equal(headers.server, undefined, where);
  if (!answer.encrypted) assert.equal(headers['strict-transport-security'], undefined, where);
  if (status === 204) assert.equal(text, '', where);
  if (text !== '') checkBody(answer, where);
  checkDescribed(answer, tolerated);
}

function checkBody(answer, where) {
  const { status, headers, json } = answer;
  assert.equal(one(headers, 'content-type'), 'application/json; charset=utf-8', where);
  if (json.success === undefined) return;  // the health routes and the description; checkDescribed() knows where
  assert.equal(json.success, status < 400, where);
  if (json.success) {
    assert.deepEqual(Object.keys(json).sort(), ['data', 'success'], where);
    return;
  }
  const keys = ['code', 'error', 'success', ...(json.code === 'VALIDATION_FAILED' ? ['fields'] : [])];
  assert.deepEqual(Object.keys(json).filter((key) => key !== 'requestId').sort(), keys.sort(), where);
  assert.match(json.code, /^[A-Z_]+$/, where);
  assert.ok(json.error.length > 0, where);
  for (const field of json.fields ?? []) {
    assert.deepEqual(Object.keys(field).sort(), ['code', 'field', 'message'], where);
  }
  if (status === 429 || status === 503) assert.match(one(headers, 'retry-after') ?? '', /^\d+$/, where);
}

/** Splits the bytes of a connection into answers: `[{status, headers, text, json}]`. `heads`: indices of answers to HEAD. */
export function parseAnswers(bytes, heads = []) {
  const answers = [];
  let rest = Buffer.from(bytes);
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n');
    assert.notEqual(end, -1, `no whole answer: ${rest.toString('latin1').slice(0, 300)}`);
    const [first, ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const [, version, status] = /^HTTP\/(1\.[01]) (\d{3}) /.exec(first) ?? assert.fail(`a status line: ${first}`);
    const headers = {};
    for (const line of lines) {
      const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?(.*)$/.exec(line) ?? assert.fail(`a field: ${line}`);
      headers[name.toLowerCase()] = name.toLowerCase() in headers ? `${headers[name.toLowerCase()]}, ${value}` : value;
    }
    const hasBody = !heads.includes(answers.length) && status !== '204' && status !== '100';
    const length = hasBody ? Number(headers['content-length'] ?? rest.length - end - 4) : 0;
    const text = rest.subarray(end + 4, end + 4 + length).toString('utf8');
    answers.push({ version, status: Number(status), headers, text, json: asJson(text) });
    rest = rest.subarray(end + 4 + length);
  }
  return answers;
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The value of the refresh cookie that an answer sets; '' if it clears it, undefined if it does neither. */
export function cookieOf(answer, name = 'refreshToken') {
  const lines = [answer.headers['set-cookie'] ?? []].flat();
  const line = lines.find((text) => text.startsWith(`${name}=`));
  return line?.slice(name.length + 1).split(';')[0];
}

/** The caller's own session in a list. */
export const currentOf = (sessions) => sessions.find((session) => session.current);

export class Client {
  /** Names of header fields that others than the server may add. */
  tolerated = [];

  connectTo(port) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    this.sockets = new Set();
  }

  disconnect() {
    this.agent?.destroy();
    for (const socket of this.sockets ?? []) socket.destroy();
  }

  /**
   * One request: `{status, headers, text, json, data, code}`. `json` becomes the body, `body` is sent unchanged;
   * `token` is a bearer token, `cookie` a refresh token in the cookie.
   */
  request(method, path, { json, body, token, cookie, headers = {}, agent = this.agent } = {}) {
    const fields = { ...headers };
    const payload = json === undefined ? body : JSON.stringify(json);
    if (json !== undefined) fields['Content-Type'] ??= 'application/json';
    if (payload !== undefined) fields['Content-Length'] = Buffer.byteLength(payload);
    if (payload === undefined && method === 'POST') fields['Content-Length'] = 0;
    if (token !== undefined) fields.Authorization = `Bearer ${token}`;
    if (cookie !== undefined) fields.Cookie = `refreshToken=${cookie}`;
    return new Promise((resolve, reject) => {
      const request = http.request({ host: '127.0.0.1', port: this.port, method, path, headers: fields, agent });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          try {
            resolve(this.#answer(method, path, response, Buffer.concat(chunks).toString('utf8')));
          } catch (failure) {
            reject(failure);
          }
        });
      });
      request.end(payload);
    });
  }

  #answer(method, path, response, text) {
    const json = asJson(text);
    const answer = { method, path, status: response.statusCode, headers: response.headers, text, json };
    answer.data = json?.data;
    answer.code = json?.code;
    this.check(answer);
    return answer;
  }

  check(answer) {
    checkAnswer(answer, this.tolerated);
  }

  /** The header of an event stream. */
  checkStream(headers) {
    checkDescribed({ method: 'GET', path: '/api/events', status: 200, headers, text: '' }, this.tolerated);
  }

  get(path, options) {
    return this.request('GET', path, options);
  }

  post(path, json, options) {
    return this.request('POST', path, { json, ...options });
  }

  /** A new account: `{email, password, user, accessToken, refreshToken, sessionId}`. */
  async register(fields = {}) {
    const email = fields.email ?? freshEmail();
    const password = fields.password ?? goodPassword;
    return this.#signedIn(await this.post('/api/auth/register', { email, password, ...fields }), 201, { email, password });
  }

  /** A further session of that account. */
  async login({ email, password }, options) {
    return this.#signedIn(await this.post('/api/auth/login', { email, password }, options), 200, { email, password });
  }

  #signedIn(answer, status, account) {
    assert.equal(answer.status, status, answer.text);
    const { user, accessToken, sessions } = answer.data;
    const refreshToken = answer.data.refreshToken ?? cookieOf(answer);
    return { ...account, user, accessToken, refreshToken, sessionId: currentOf(sessions).id };
  }

  refresh(refreshToken, options) {
    return this.request('POST', '/api/auth/refresh', { cookie: refreshToken, ...options });
  }

  /** Changes the password of an account and stores the new tokens in it; resolves with the answer. */
  async changePassword(account, newPassword) {
    const passwords = { currentPassword: account.password, newPassword };
    const answer = await this.post('/api/auth/password', passwords, { token: account.accessToken });
    if (answer.status === 200) {
      Object.assign(account, { password: newPassword, accessToken: answer.data.accessToken, refreshToken: cookieOf(answer) });
    }
    return answer;
  }

  /** The status of /verify: 200 if the access token is valid. */
  async verify(token) {
    return (await this.get('/api/auth/verify', { token })).status;
  }

  /** All live sessions of the token's user, page by page. */
  async sessions(token) {
    const all = [];
    for (let after = ''; after !== null;) {
      const answer = await this.get(`/api/sessions${after && `?after=${after}`}`, { token });
      assert.equal(answer.status, 200, answer.text);
      all.push(...answer.data.sessions);
      after = answer.data.next;
    }
    return all;
  }

  /** A connected raw socket; it is closed when the server is stopped, if not before. */
  connect() {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ host: '127.0.0.1', port: this.port, allowHalfOpen: true });
      this.sockets.add(socket);
      socket.unref();
      const chunks = [];
      socket.on('data', (bytes) => chunks.push(bytes));
      Object.defineProperty(socket, 'received', { get: () => Buffer.concat(chunks) });
      socket.finished = new Promise((done) => {
        socket.on('end', () => done('end'));
        socket.on('close', () => { this.sockets.delete(socket); done('close'); });
      });
      socket.once('connect', () => resolve(socket));
      socket.once('error', reject);
      socket.on('error', () => {});
    });
  }

  /**
   * Sends bytes on a new connection and collects the answer until the server closes it. With `thenClose` our sending
   * half is closed after them. Rejects if the connection is still open after `milliseconds`.
   */
  async exchange(bytes, { thenClose = false, milliseconds = 8000 } = {}) {
    const socket = await this.connect();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        const shown = socket.received.toString('latin1').slice(0, 300);
        reject(new Error(`the connection is still open after ${milliseconds} ms; it has sent: ${shown}`));
      }, milliseconds);
    });
    socket.write(bytes);
    if (thenClose) socket.end();
    try {
      await Promise.race([socket.finished, late]);
      return socket.received;
    } finally {
      clearTimeout(timer);
      socket.destroy();
    }
  }
}
