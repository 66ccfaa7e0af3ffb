// Access tokens as other libraries see them, forged ones, and the life of refresh tokens.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import * as jose from 'jose';
import jwt from 'jsonwebtoken';
import { cookieOf, currentOf } from './client.mjs';
import { refused } from './expect.mjs';
import { secret, start, within } from './server.mjs';

const key = new TextEncoder().encode(secret);
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

/** Signs any header and payload, valid or not, with the right secret. */
function sign(header, payload, { hash = 'sha256', using = secret } = {}) {
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac(hash, using).update(signed).digest('base64url')}`;
}

let server;
let user;
let good;
before(async () => {
  server = await start({ settings: { jwt_previous_secrets: 'Yb7nQ2xWk9Ft4RzLc6Vm1HsJ8pDg3AuE5oTiKyXqNwB' } });
  user = await server.register();
  good = { sub: user.user.id, sessionId: user.sessionId, iat: now(), exp: now() + 900 };
});
after(async () => {
  assert.equal((await server.stop()).code, 0);
});

async function accepted(token) {
  const answer = await server.get('/api/auth/me', { token });
  assert.equal(answer.status, 200, answer.text);
}

async function rejected(token, what, code = 'TOKEN_INVALID') {
  const answer = await server.get('/api/auth/me', { token });
  assert.equal(answer.status, 401, `${what}: ${answer.text}`);
  assert.equal(answer.code, code, what);
}

describe('access tokens', () => {
  it('jose verifies them with the secret', async () => {
    const { payload, protectedHeader } = await jose.jwtVerify(user.accessToken, key, { algorithms: ['HS256'] });
    assert.deepEqual(protectedHeader, { alg: 'HS256', typ: 'JWT' });
    assert.deepEqual(Object.keys(payload).sort(), ['exp', 'iat', 'sessionId', 'sub']);
    assert.equal(payload.sub, user.user.id);
    assert.equal(payload.sessionId, user.sessionId);
    assert.ok(Number.isInteger(payload.iat) && Math.abs(payload.iat - now()) < 60);
    assert.equal(payload.exp, payload.iat + 900);
    assert.equal(Buffer.from(user.accessToken.split('.')[0], 'base64url').toString(), '{"alg":"HS256","typ":"JWT"}');
  });

  it('jsonwebtoken verifies them with the secret', () => {
    const payload = jwt.verify(user.accessToken, secret, { algorithms: ['HS256'] });
    assert.equal(payload.sub, user.user.id);
    assert.throws(() => jwt.verify(user.accessToken, `${secret}x`), /invalid signature/);
  });

  it('both verify the one after a password change, issued in the next second, and the server accepts no earlier one', async () => {
    const person = await server.register();
    const earlier = [person.accessToken, (await server.refresh(person.refreshToken)).data.accessToken];
    assert.equal((await server.changePassword(person, 'another long passphrase')).status, 200);
    const { payload } = await jose.jwtVerify(person.accessToken, key, { algorithms: ['HS256'] });
    assert.deepEqual(jwt.verify(person.accessToken, secret, { algorithms: ['HS256'] }), payload);
    assert.ok(payload.iat <= now() + 1 && payload.exp - payload.iat >= 898, JSON.stringify(payload));
    await accepted(person.accessToken);
    for (const token of earlier) await rejected(token, 'from before the change');
  });

  it('the server accepts one that jose or jsonwebtoken signed with the secret', async () => {
    await accepted(jwt.sign(good, secret, { algorithm: 'HS256' }));
    await accepted(await new jose.SignJWT(good).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key));
    await accepted(sign('{"alg":"HS256","typ":"JWT"}', good));
  });

  it('no other algorithm is accepted', async () => {
    const { privateKey } = await jose.generateKeyPair('RS256', { modulusLength: 2048 });
    const elliptic = await jose.generateKeyPair('ES256');
    await rejected(jwt.sign(good, null, { algorithm: 'none' }), 'none of jsonwebtoken');
    await rejected(jwt.sign(good, secret, { algorithm: 'HS384' }), 'HS384');
    await rejected(jwt.sign(good, secret, { algorithm: 'HS512' }), 'HS512');
    await rejected(await new jose.SignJWT(good).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(privateKey), 'RS256');
    await rejected(await new jose.SignJWT(good).setProtectedHeader({ alg: 'ES256', typ: 'JWT' }).sign(elliptic.privateKey), 'ES256');
    await rejected(new jose.UnsecuredJWT(good).encode(), 'none of jose');
    for (const alg of ['none', 'None', 'nOnE', '', null, undefined, 'HS384', 'HS512', 'RS256', 'hs256', 'HS256 ', ['HS256'], { x: 1 }, 256]) {
      await rejected(sign({ alg, typ: 'JWT' }, good), `alg ${JSON.stringify(alg)}`);
      await rejected(`${encode({ alg, typ: 'JWT' })}.${encode(good)}.`, `alg ${JSON.stringify(alg)} without a MAC`);
    }
    await rejected(sign({ alg: 'HS384', typ: 'JWT' }, good, { hash: 'sha384' }), 'a true HS384');
  });

  it('no other header is accepted', async () => {
    const more = [{ kid: '../../dev/null' }, { kid: "' OR 1=1--" }, { jku: 'http://127.0.0.1:1/keys' }, { x5u: 'http://127.0.0.1:1/' }, { jwk: { kty: 'oct', k: '' } },
      { x5c: [] }, { crit: ['b64'], b64: false }, { b64: false }, { zip: 'DEF' }, { cty: 'JWT' }];
    for (const fields of more) await rejected(sign({ alg: 'HS256', typ: 'JWT', ...fields }, good), JSON.stringify(fields));
    for (const typ of ['at+jwt', 'jwt', '', null, undefined, ['JWT']]) await rejected(sign({ alg: 'HS256', typ }, good), `typ ${typ}`);
    for (const header of ['', '{}', '[]', 'null', '{"typ":"JWT","alg":"HS256"}', '{"alg":"HS256","typ":"JWT"} ']) await rejected(sign(header, good), `header ${header}`);
  });

  it('the MAC must be complete and made with a known secret', async () => {
    const [header, payload, mac] = user.accessToken.split('.');
    const bits = Buffer.from(mac, 'base64url');
    for (const at of [0, 7, 128, 255]) {
      const flipped = Buffer.from(bits);
      flipped[at >> 3] ^= 1 << (at & 7);
      await rejected(`${header}.${payload}.${flipped.toString('base64url')}`, `bit ${at} flipped`);
    }
    const spoilt = [`${header}.${payload}.`, `${header}.${payload}`, `${header}.${payload}.${mac.slice(0, -1)}`, `${header}.${payload}.${mac}A`, `${header}.${payload}.${mac}.`,
      `${header}.${payload}.${mac}.${mac}`, `.${payload}.${mac}`, `${header}..${mac}`, `..`, `.`, 'x', `${header}.${payload}.${encode(bits.subarray(0, 16).toString('latin1'))}`];
    for (const token of spoilt) await rejected(token, token);
    await rejected(sign('{"alg":"HS256","typ":"JWT"}', good, { using: 'another secret of more than thirty-two bytes' }), 'another secret');
    await rejected(sign('{"alg":"HS256","typ":"JWT"}', good, { using: '' }), 'an empty secret');
  });

  it('a previous secret verifies and does not sign', async () => {
    const previous = 'Yb7nQ2xWk9Ft4RzLc6Vm1HsJ8pDg3AuE5oTiKyXqNwB';
    await accepted(jwt.sign(good, previous, { algorithm: 'HS256' }));
    assert.throws(() => jwt.verify(user.accessToken, previous));
  });

  it('only the canonical base64url encoding is accepted', async () => {
    const [header, payload, mac] = user.accessToken.split('.');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet[alphabet.indexOf(mac.at(-1)) | 1];
    const other = last === mac.at(-1) ? alphabet[alphabet.indexOf(mac.at(-1)) & ~1] : last;
    for (const token of [`${header}.${payload}.${mac}=`, `${header}=.${payload}.${mac}`, `${header}.${payload}.${mac.slice(0, -1)}${other}`]) {
      await rejected(token, token);
    }
    const plain = sign('{"alg":"HS256","typ":"JWT"}', { ...good, sub: `${good.sub}` });
    await accepted(plain);
    const standard = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64');
    await rejected(`${header}.${payload}.${standard}`, 'ordinary base64');
  });

  it('each claim must be valid', async () => {
    const header = '{"alg":"HS256","typ":"JWT"}';
    const wrong = (claims) => sign(header, { ...good, ...claims });
    for (const exp of [undefined, null, String(now() + 900), now() + 900.5, -1, true, [], {}]) await rejected(wrong({ exp }), `exp ${JSON.stringify(exp)}`);
    for (const exp of ['1e308', '9223372036854775808', '18446744073709551616', '1e400', `${now() + 900}.0`, `${now() + 900}e0`, `0${now() + 900}`]) {
      await rejected(sign(header, `{"sub":"${good.sub}","sessionId":"${good.sessionId}","iat":${good.iat},"exp":${exp}}`), `exp ${exp}`);
    }
    for (const exp of [now() - 1, now() - 86400, 1, 0]) {
      const answer = await server.get('/api/auth/me', { token: wrong({ exp, iat: 0 }) });
      assert.equal(answer.status, 401);
      assert.ok(['TOKEN_EXPIRED', 'TOKEN_INVALID'].includes(answer.code));
    }
    await rejected(wrong({ exp: now() - 1, iat: now() - 900 }), 'just expired', 'TOKEN_EXPIRED');
    await rejected(wrong({ nbf: now() + 120 }), 'nbf ahead');
    await rejected(wrong({ iat: now() + 120 }), 'iat ahead');
    await accepted(wrong({ iat: now() + 20, nbf: now() + 20 }));
    for (const value of [undefined, null, 1, '', [], {}]) {
      await rejected(wrong({ sub: value }), `sub ${JSON.stringify(value)}`);
      await rejected(wrong({ sessionId: value }), `sessionId ${JSON.stringify(value)}`);
    }
    for (const iat of [null, 'x', 1.5, -1, []]) await rejected(wrong({ iat }), `iat ${JSON.stringify(iat)}`);
    for (const nbf of ['x', 1.5, null, []]) await rejected(wrong({ nbf }), `nbf ${JSON.stringify(nbf)}`);
  });

  it('duplicate claims are refused, and payloads that are not a JSON object', async () => {
    const header = '{"alg":"HS256","typ":"JWT"}';
    const body = JSON.stringify(good).slice(1, -1);
    for (const payload of [`{"sub":"x",${body}}`, `{${body},"sub":"x"}`, `{${body},"exp":${good.exp}}`, `{${body},"x":1,"x":1}`, `{${body},"\\u0073ub":"x"}`,
      `[${JSON.stringify(good)}]`, `{${body}}x`, 'null', '', '{', `{${body}`, '{"":'.repeat(500), `{${body},"deep":${'['.repeat(300)}${']'.repeat(300)}}`]) {
      await rejected(sign(header, payload), payload.slice(0, 120));
    }
  });

  it('one user\'s token for another\'s session is refused', async () => {
    const stranger = await server.register();
    const answer = await server.get('/api/auth/me', { token: jwt.sign({ ...good, sub: stranger.user.id }, secret) });
    assert.equal(answer.status, 401, answer.text);
    const unknown = await server.get('/api/auth/me', { token: jwt.sign({ ...good, sessionId: 'nobody' }, secret) });
    assert.equal(unknown.status, 401, unknown.text);
  });

  it('over 4 KiB is refused', async () => {
    for (const size of [4000, 5000, 12000]) {
      const answer = await server.get('/api/auth/me', { token: sign('{"alg":"HS256","typ":"JWT"}', { ...good, pad: 'x'.repeat(size) }) });
      assert.equal(answer.status, 401, answer.text);
    }
  });

  it('a refresh token is not accepted as an access token, and vice versa', async () => {
    await rejected(user.refreshToken, 'a refresh token');
    for (const options of [{ cookie: user.accessToken }, { json: { refreshToken: user.accessToken } }]) {
      refused(await server.request('POST', '/api/auth/refresh', options), 401, 'TOKEN_INVALID');
    }
    refused(await server.request('POST', '/api/auth/logout', { token: user.refreshToken }), 401, 'TOKEN_INVALID');
  });
});

describe('refresh tokens', () => {
  const alive = async (session) => (await server.verify(session.accessToken)) === 200;

  it('an invalid one is refused and changes nothing', async () => {
    const session = await server.login(user);
    const bytes = Buffer.from(session.refreshToken, 'base64url');
    const changed = Array.from({ length: bytes.length }, (_, at) => {
      const copy = Buffer.from(bytes);
      copy[at] ^= 1;
      return copy.toString('base64url');
    });
    for (const token of ['x', 'A'.repeat(76), 'null', session.refreshToken.slice(1), `${session.refreshToken}A`, `${session.refreshToken}=`, 'a'.repeat(3000), ...changed]) {
      const answer = await server.refresh(token);
      refused(answer, 401, 'TOKEN_INVALID');
    }
    refused(await server.refresh(undefined), 401, 'TOKEN_MISSING');
    assert.equal((await server.refresh(session.refreshToken)).status, 200);
  });

  it('rotates through twenty, each accepted once', async () => {
    const session = await server.login(user);
    const seen = new Set([session.refreshToken]);
    let token = session.refreshToken;
    for (let times = 0; times < 20; times += 1) {
      const answer = await server.refresh(token);
      assert.equal(answer.status, 200);
      token = cookieOf(answer);
      assert.ok(!seen.has(token));
      seen.add(token);
      assert.equal(currentOf((await server.get('/api/sessions', { token: answer.data.accessToken })).data.sessions).id, session.sessionId);
    }
  });

  it('used twice ends all sessions of the user and nobody else\'s, and clears the cookie', async () => {
    const victim = await server.register();
    const other = await server.login(victim);
    const bystander = await server.register();
    const renewed = await server.refresh(victim.refreshToken);
    const again = await server.refresh(victim.refreshToken);
    refused(again, 401, 'TOKEN_REUSE_DETECTED');
    assert.match(again.headers['set-cookie'][0], /^refreshToken=; Path=\/api; HttpOnly; SameSite=Strict; Max-Age=0$/);
    refused(await server.refresh(cookieOf(renewed)), 401, 'TOKEN_INVALID');
    refused(await server.refresh(other.refreshToken), 401, 'TOKEN_INVALID');
    refused(await server.get('/api/auth/me', { token: renewed.data.accessToken }), 401, 'SESSION_TERMINATED');
    assert.equal(await alive(other), false);
    assert.equal(await alive(bystander), true);
    refused(await server.refresh(victim.refreshToken), 401, 'TOKEN_INVALID');
    const later = await server.login(victim);
    assert.equal(await alive(later), true);
    refused(await server.refresh(victim.refreshToken), 401, 'TOKEN_INVALID');
    assert.equal(await alive(later), true, 'a token of an ended session ends nothing else');
    const { data } = await server.get('/api/auth/activity', { token: later.accessToken });
    assert.ok(data.events.some((event) => event.event === 'TOKEN_REUSE_DETECTED'));
  });

  for (const [ending, end] of Object.entries({
    logout: (session) => server.post('/api/auth/logout', undefined, { token: session.accessToken }),
    termination: (session, keeper) => server.post('/api/sessions/terminate', { sessionId: session.sessionId }, { token: keeper.accessToken }),
    'terminating the others': (session, keeper) => server.post('/api/sessions/terminate-others', undefined, { token: keeper.accessToken }),
    'a changed password': (session, keeper) => server.changePassword(keeper, 'another long passphrase'),
  })) {
    it(`one that ended by ${ending} is refused and ends nothing else`, async () => {
      const keeper = await server.register();
      const session = await server.login(keeper);
      const renewed = await server.refresh(session.refreshToken);
      assert.equal((await end(session, keeper)).status, 200);
      for (const token of [cookieOf(renewed), session.refreshToken]) refused(await server.refresh(token), 401, 'TOKEN_INVALID');
      assert.equal(await alive(session), false);
      assert.equal(await alive(keeper), true);
      assert.equal((await server.refresh(keeper.refreshToken)).status, 200);
    });
  }

  it('a disabled user has no session left, and enabling restores none', async () => {
    const person = await server.register();
    await server.command(['user', 'disable', person.email]);
    const deadline = performance.now() + 1000;
    while (await alive(person)) assert.ok(performance.now() < deadline, 'refused within a second');
    refused(await server.refresh(person.refreshToken), 401, 'TOKEN_INVALID');
    refused(await server.post('/api/auth/login', { email: person.email, password: person.password }), 401, 'INVALID_CREDENTIALS');
    await server.command(['user', 'enable', person.email]);
    const again = await server.login(person);
    assert.equal(await alive(person), false);
    assert.equal(await alive(again), true);
  });

  it('a superseded cookie on the event stream is invalid, not reuse', async () => {
    const session = await server.login(user);
    const renewed = await server.refresh(session.refreshToken);
    refused(await server.get('/api/events', { cookie: session.refreshToken }), 401, 'TOKEN_INVALID');
    assert.equal((await server.refresh(cookieOf(renewed))).status, 200);
  });

  it('logging out with a superseded token ends its session, and only it', async () => {
    for (const way of [(token) => ({ cookie: token }), (token) => ({ json: { refreshToken: token } })]) {
      const keeper = await server.register();
      const session = await server.login(keeper);
      const renewed = await server.refresh(session.refreshToken);
      assert.equal((await server.request('POST', '/api/auth/logout', way(session.refreshToken))).status, 200);
      assert.equal(await server.verify(renewed.data.accessToken), 401);
      refused(await server.refresh(cookieOf(renewed)), 401, 'TOKEN_INVALID');
      assert.equal(await alive(keeper), true);
    }
  });

  it('a token in the body wins over the cookie', async () => {
    const one = await server.login(user);
    const two = await server.login(user);
    const answer = await server.post('/api/auth/refresh', { refreshToken: one.refreshToken }, { cookie: two.refreshToken });
    assert.equal(answer.status, 200);
    assert.ok(answer.data.refreshToken);
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.equal((await server.refresh(two.refreshToken)).status, 200, 'the cookie\'s token is unspent');
    refused(await server.post('/api/auth/refresh', { refreshToken: 'x' }, { cookie: two.refreshToken }), 401, 'TOKEN_INVALID');
    const three = await server.login(user);
    const four = await server.login(user);
    await server.post('/api/auth/logout', { refreshToken: three.refreshToken }, { cookie: four.refreshToken });
    assert.equal(await alive(three), false);
    assert.equal(await alive(four), true);
  });

  it('signing in with somebody else\'s or a forged cookie opens a new session', async () => {
    const stranger = await server.register();
    for (const cookie of [stranger.refreshToken, 'A'.repeat(76), user.refreshToken]) {
      const session = await server.login(user, { cookie });
      assert.notEqual(session.refreshToken, cookie);
      assert.ok(![stranger.sessionId, user.sessionId].includes(session.sessionId));
      assert.equal(session.user.id, user.user.id);
    }
    assert.equal(await alive(stranger), true);
  });

  it('sessions are listed for their user only, without tokens, and an ended one cannot refresh', async () => {
    const person = await server.register();
    const phone = await server.login(person);
    const listed = await server.get('/api/sessions', { token: person.accessToken });
    assert.deepEqual(listed.data.sessions.map((session) => session.id).sort(), [person.sessionId, phone.sessionId].sort());
    for (const secretText of [phone.refreshToken, phone.accessToken, person.refreshToken]) assert.ok(!listed.text.includes(secretText));
    await server.post('/api/sessions/terminate', { sessionId: phone.sessionId }, { token: person.accessToken });
    refused(await server.refresh(phone.refreshToken), 401, 'TOKEN_INVALID');
    assert.equal((await server.get('/api/sessions', { token: person.accessToken })).data.sessions.length, 1);
  });
});

/** `count` simultaneous refreshes by Node's fetch: `[{status, code, cookie, accessToken}]`. */
function refreshAtOnce(base, token, count) {
  return Promise.all(Array.from({ length: count }, async () => {
    const response = await fetch(`${base}/api/auth/refresh`, { method: 'POST', headers: { cookie: `refreshToken=${token}` } });
    const { data, code } = await response.json();
    const cookie = cookieOf({ headers: { 'set-cookie': response.headers.get('set-cookie') ?? [] } });
    return { status: response.status, code, cookie, accessToken: data?.accessToken };
  }));
}

describe('one refresh token presented many times at once', () => {
  for (const count of [2, 4, 8, 16, 32, 64]) {
    it(`${count} at once: at most one succeeds, the others end all sessions`, async () => {
      const person = await server.register();
      const other = await server.login(person);
      const answers = await within(refreshAtOnce(server.url, person.refreshToken, count), 'the answers');
      const winners = answers.filter((answer) => answer.status === 200);
      assert.equal(winners.length, 1);
      for (const loser of answers.filter((answer) => answer.status !== 200)) {
        assert.equal(loser.status, 401);
        assert.match(loser.code, /^TOKEN_(REUSE_DETECTED|INVALID)$/);
      }
      assert.equal(answers.filter((answer) => answer.code === 'TOKEN_REUSE_DETECTED').length, 1);
      refused(await server.refresh(winners[0].cookie), 401, 'TOKEN_INVALID');
      assert.equal(await server.verify(winners[0].accessToken), 401);
      assert.equal(await server.verify(other.accessToken), 401);
    });
  }

  it('within the reuse window all get the same token and no session ends', async () => {
    const lenient = await start({ settings: { refresh_reuse_window_seconds: '10' } });
    const person = await lenient.register();
    let token = person.refreshToken;
    for (const count of [2, 16, 64]) {
      const answers = await within(refreshAtOnce(lenient.url, token, count), 'the answers');
      assert.deepEqual([...new Set(answers.map((answer) => answer.status))], [200]);
      assert.equal(new Set(answers.map((answer) => answer.cookie)).size, 1);
      const next = answers[0].cookie;
      assert.notEqual(next, token);
      token = next;
    }
    assert.equal((await lenient.refresh(person.refreshToken)).code, 'TOKEN_REUSE_DETECTED', 'two behind is reuse');
    assert.equal((await lenient.stop()).code, 0);
  });

  it('reuse_scope = session ends only that session', async () => {
    const narrow = await start({ settings: { reuse_scope: 'session' } });
    const person = await narrow.register();
    const other = await narrow.login(person);
    const renewed = await narrow.refresh(person.refreshToken);
    refused(await narrow.refresh(person.refreshToken), 401, 'TOKEN_REUSE_DETECTED');
    assert.equal(await narrow.verify(renewed.data.accessToken), 401);
    assert.equal(await narrow.verify(other.accessToken), 200);
    assert.equal((await narrow.stop()).code, 0);
  });

  const endings = {
    'the session is terminated': (session, keeper) => server.post('/api/sessions/terminate', { sessionId: session.sessionId }, { token: keeper.accessToken }),
    'the password changes': (session, keeper) => server.changePassword(keeper, `${keeper.password}.`),
  };
  for (const [what, end] of Object.entries(endings)) {
    it(`refreshing while ${what} leaves no valid token`, async () => {
      const keeper = await server.register();
      for (let round = 0; round < 6; round += 1) {
        const session = await server.login(keeper);
        const ending = end(session, keeper);
        const renewals = [];
        let token = session.refreshToken;
        for (let times = 0; token && times < 20; times += 1) {
          const answer = await server.refresh(token);
          token = cookieOf(answer);
          if (answer.status === 200) renewals.push({ accessToken: answer.data.accessToken, refreshToken: token });
        }
        assert.equal((await ending).status, 200);
        assert.equal(await server.verify(session.accessToken), 401);
        for (const renewal of renewals.slice(-2)) assert.equal(await server.verify(renewal.accessToken), 401);
        if (renewals.length) refused(await server.refresh(renewals.at(-1).refreshToken), 401, 'TOKEN_INVALID');
      }
      assert.equal(await server.verify(keeper.accessToken), 200);
    });
  }
});
