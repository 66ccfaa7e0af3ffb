// Request bodies: what is accepted field by field, and what is refused.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freshEmail, goodPassword, parseAnswers } from './client.mjs';
import { invalid, keys, refused } from './expect.mjs';
import { start } from './server.mjs';

let server;
let alice;
before(async () => {
  server = await start();
  alice = await server.register({ name: 'Alice Ängström' });
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

describe('bodies', () => {
  const login = (body, type = 'application/json', headers = {}) =>
    server.request('POST', '/api/auth/login', { body, headers: { ...(type === null ? {} : { 'Content-Type': type }), ...headers } });

  it('a body of another media type than JSON is 415, and the connection closes', async () => {
    const body = JSON.stringify({ email: alice.email, password: alice.password });
    const types = [null, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx', 'text/json',
      'application/json, text/plain', 'application/jso', 'application/json+x', ''];
    for (const type of types) {
      const answer = await login(body, type);
      refused(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
      assert.equal(answer.headers.connection, 'close');
    }
    refused(await login(body, 'application/json', { 'Content-Encoding': 'gzip' }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    for (const type of ['application/json', 'application/json; charset=utf-8', 'application/json;charset=UTF-8', 'Application/JSON']) {
      assert.equal((await login(body, type)).status, 200, type);
    }
  });

  const filled = (start, count, middle, end) => start.repeat(count) + middle + end.repeat(count);
  const bytes = (...parts) => Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
  const notJson = {
    'nothing but a blank': ' ',
    'a word': 'hello',
    'a truncated object': '{"email":"a@b.c"',
    'a single quote': "{'email':1}",
    'a trailing comma': '{"a":1,}',
    'a comment': '{/**/}',
    'an array': '[]',
    'a string': '"x"',
    'a number': '1',
    'null': 'null',
    'true': 'true',
    'a duplicate key': '{"email":"a@b.c","email":"b@b.c","password":"x"}',
    'a duplicate key by an escape': '{"email":"a@b.c","\\u0065mail":"b@b.c"}',
    'a duplicate key below': '{"x":{"a":1,"a":2}}',
    'text after it': '{} x',
    'two objects': '{}{}',
    'a NUL after it': '{}\u0000',
    'a byte order mark': '\ufeff{}',
    'objects nested 9 deep': filled('{"a":', 9, '1', '}'),
    'arrays nested 9 deep': `{"a":${filled('[', 8, '', ']')}}`,
    'objects nested 2,700 deep': filled('{"":', 2700, '0', '}'),
    'objects never closed': '{"":'.repeat(4000),
    'arrays never closed': '['.repeat(16000),
    'a number too large': '{"x":1e999}',
    'a control character in a string': '{"email":"a\u0001b"}',
    'a lone surrogate': '{"email":"\\ud800"}',
    'half an escape': '{"email":"\\u00"}',
    'an unknown escape': '{"email":"\\x41"}',
    'an overlong form': bytes('{"email":"', [0xc0, 0x80], '"}'),
    'a surrogate in UTF-8': bytes('{"email":"', [0xed, 0xa0, 0x80], '"}'),
    'beyond Unicode': bytes('{"email":"', [0xf4, 0x90, 0x80, 0x80], '"}'),
    'a lone continuation': bytes('{"email":"', [0x80], '"}'),
    'a cut sequence': bytes('{"email":"', [0xe2, 0x82], '"}'),
    'invalid UTF-8 in a key': bytes('{"', [0xff], '":1}'),
    'UTF-16': Buffer.from('{"email":"a"}', 'utf16le'),
  };
  for (const [what, body] of Object.entries(notJson)) {
    it(`${what} is BAD_JSON`, async () => {
      const answer = await login(body);
      refused(answer, 400, 'BAD_JSON');
      assert.doesNotMatch(answer.text, /a@b\.c|hello/, 'the input is not echoed');
    });
  }

  it('a malformed number is refused', async () => {
    for (const number of ['01', '1.', '+1', '.5', '-', '1e', '0x10', 'NaN', 'Infinity', '-01']) {
      refused(await login(`{"email":"a@b.co","password":"xxxxxxxx","n":${number}}`), 400, 'BAD_JSON');
    }
  });

  it('unknown fields and 8 levels of nesting are accepted', async () => {
    const deep = filled('[', 6, '', ']');
    const body = `{"email":"${alice.email}","password":"${alice.password}","n":-1.5e3,"o":{"x":${deep}},"s":"\\ud83d\\ude00\\"\\\\/"}`;
    assert.equal((await login(body)).status, 200);
    assert.equal((await login(` \r\n\t${body}\n `)).status, 200);
  });

  it('an empty body is not a JSON object', async () => {
    const answer = await server.post('/api/auth/login');
    assert.ok([400, 422].includes(answer.status), answer.text);
  });

  it('a POST without a length has no body', async () => {
    const session = await server.login(alice);
    const sent = `POST /api/auth/logout HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${session.accessToken}\r\n\r\n`;
    assert.equal(parseAnswers(await server.exchange(sent))[0].status, 200);
  });

  const wrongTypes = [null, 1, true, [], {}, ['a@b.co']];
  it('a field that is missing or of a wrong type is named', async () => {
    const sends = [
      ['/api/auth/register', { email: freshEmail(), password: goodPassword }, ['email', 'password']],
      ['/api/auth/login', { email: alice.email, password: goodPassword }, ['email', 'password']],
      ['/api/auth/password', { currentPassword: goodPassword, newPassword: 'another long passphrase' }, ['currentPassword', 'newPassword']],
      ['/api/sessions/terminate', { sessionId: 'x' }, ['sessionId']],
    ];
    for (const [path, good, names] of sends) {
      for (const name of names) {
        for (const value of [undefined, ...wrongTypes]) {
          invalid(await server.post(path, { ...good, [name]: value }, { token: alice.accessToken }), name);
        }
      }
      invalid(await server.post(path, {}, { token: alice.accessToken }), ...names);
    }
    for (const value of [1, true, [], {}]) {
      invalid(await server.post('/api/auth/register', { email: freshEmail(), password: goodPassword, name: value }), 'name');
      invalid(await server.post('/api/auth/login', { ...alice, delivery: value, email: alice.email }), 'delivery');
    }
    invalid(await server.post('/api/auth/login', { email: alice.email, password: goodPassword, delivery: 'header' }), 'delivery');
    for (const value of [1, true, [], {}]) {
      invalid(await server.post('/api/auth/refresh', { refreshToken: value }), 'refreshToken');
    }
  });

  it('an invalid e-mail address cannot register', async () => {
    const bad = ['', 'a', '@', 'a@', '@b.co', 'a b@c.de', 'a@b c.de', 'a@b@c.de', 'é@b.co', 'a@é.co', 'a\u0000@b.co', 'a@b.co\n', ' a@b.co',
      'a\r\nb@c.de', `${'a'.repeat(243)}@example.org`, 'аdmin@example.org'];
    for (const email of bad) invalid(await server.post('/api/auth/register', { email, password: goodPassword }), 'email');
    const longest = `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}.org`;
    assert.equal(longest.length, 254);
    await server.register({ email: longest });
  });

  it('passwords are 8 to 72 bytes, without NUL, and not among the common ones', async () => {
    const bad = ['', '1234567', 'seven77', 'x'.repeat(73), '😀'.repeat(64), '😀'.repeat(18) + 'x', 'abc\u0000defghij', 'abcdefgh\u0000', 'password', 'Password1', 'password123',
      '12345678', '123456789', 'qwertyuiop', 'iloveyou', 'sunshine', 'football', 'princess', 'baseball', 'superman', 'trustno1', 'x'.repeat(600), 'x'.repeat(15000)];
    for (const password of bad) {
      invalid(await server.post('/api/auth/register', { email: freshEmail(), password }), 'password');
      invalid(await server.post('/api/auth/password', { currentPassword: alice.password, newPassword: password }, { token: alice.accessToken }), 'newPassword');
    }
    for (const password of [' only blanks? no  ', 'x'.repeat(71) + 'y', '😀'.repeat(18), 'nur kleine buchstaben', '730194826154', '          ']) {
      await server.register({ password });
    }
  });

  it('a password is compared byte by byte: not truncated, trimmed or normalised', async () => {
    const whole = 'x'.repeat(71) + 'y';
    const user = await server.register({ password: whole });
    const near = [`${whole}z`, `${whole}${whole}`, `${whole} `, ` ${whole}`, `${whole}\u0000`, `${whole}\u0000tail`, whole.slice(1), whole.toUpperCase(), ''];
    for (const password of near) {
      const answer = await server.post('/api/auth/login', { email: user.email, password });
      assert.ok([401, 422].includes(answer.status), answer.text);
    }
    await server.login(user);
    const accented = await server.register({ password: 'pass\u00e9 compos\u00e9' });
    refused(await server.post('/api/auth/login', { email: accented.email, password: accented.password.normalize('NFD') }), 401, 'INVALID_CREDENTIALS');
  });

  it('a name comes back as it was sent, in JSON and in any later answer', async () => {
    for (const name of ['"quoted" \\ /slashed/ </script>', 'Zoë 😀 日本語', '\u2028\u2029', "O'Neil; DROP TABLE users;--", '%00%0d%0a', '{"a":1}', 'x'.repeat(100)]) {
      const user = await server.register({ name });
      assert.equal(user.user.name, name);
      assert.equal((await server.get('/api/auth/me', { token: user.accessToken })).data.user.name, name);
    }
  });

  it('an e-mail address in upper or lower case is the same account', async () => {
    const user = await server.register();
    const taken = await server.post('/api/auth/register', { email: user.email.toUpperCase(), password: goodPassword });
    refused(taken, 409, 'EMAIL_TAKEN');
    await server.login({ email: user.email.toUpperCase(), password: user.password });
  });

  it('unknown user, wrong password and disabled user get the same answer', async () => {
    const disabled = await server.register();
    await server.command(['user', 'disable', disabled.email]);
    const answers = [
      await server.post('/api/auth/login', { email: freshEmail(), password: goodPassword }),
      await server.post('/api/auth/login', { email: alice.email, password: 'not the password' }),
      await server.post('/api/auth/login', { email: disabled.email, password: goodPassword }),
      await server.post('/api/auth/login', { email: disabled.email, password: 'not the password' }),
    ];
    for (const answer of answers) {
      refused(answer, 401, 'INVALID_CREDENTIALS');
      assert.equal(answer.text, answers[0].text);
      assert.deepEqual(keys(answer.headers), keys(answers[0].headers));
    }
  });
});
