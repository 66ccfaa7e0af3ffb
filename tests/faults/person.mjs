// A user who remembers what the server has acknowledged, and checks after a crash that it still holds.
//
// A person sends one request at a time, so at most one of their requests is unanswered when the server dies: the
// pending one. The outcome of everything else is known. After the restart, resolve() determines the outcome of the
// pending request, of which only two are allowed, and check() verifies the rest.
import assert from 'node:assert/strict';
import { freshEmail } from '../e2e/client.mjs';

/** The length of the reuse window, if there is one. */
export const windowSeconds = 60;

let passwords = 0;

export class Person {
  /** `random` chooses the requests. */
  constructor(random) {
    this.random = random;
    this.email = freshEmail();
    this.password = undefined;
    this.sessions = [];
    this.pending = undefined;
    this.acknowledged = 0;
  }

  get isRegistered() {
    return this.password !== undefined;
  }

  get alive() {
    return this.sessions.filter((session) => session.alive);
  }

  get ended() {
    return this.sessions.filter((session) => !session.alive && session.refreshToken);
  }

  // ---- Requests ----------------------------------------------------------------------------------------------------

  /** Sends one more request, usually a rotation, which is the most frequent one in production. */
  async act(server) {
    const { random } = this;
    if (!this.isRegistered) return this.register(server);
    const mine = this.alive.filter((session) => session.refreshToken);
    if (mine.length === 0) return this.login(server);
    const session = random.pick(mine);
    if (random.chance(0.88)) return this.rotate(server, session);
    if (this.alive.length < 3) return this.login(server);
    const others = this.alive.filter((other) => other !== session);
    if (random.chance(0.5)) return this.terminate(server, session, random.pick(others));
    if (random.chance(0.5)) return this.logout(server, session);
    if (random.chance(0.6)) return this.terminateOthers(server, session);
    return this.changePassword(server, session);
  }

  async register(server) {
    const password = this.newPassword();
    const answer = await this.ask(server, { kind: 'register', password }, '/api/auth/register', {
      email: this.email, password, delivery: 'body',
    });
    assert.equal(answer.status, 201, answer.text);
    this.password = password;
    this.addSession(answer);
  }

  async login(server) {
    const answer = await this.tryLogin(server, this.password);
    assert.equal(answer.status, 200, answer.text);
  }

  async tryLogin(server, password) {
    const answer = await this.ask(server, { kind: 'login' }, '/api/auth/login', {
      email: this.email, password, delivery: 'body',
    });
    if (answer.status === 200) this.addSession(answer);
    return answer;
  }

  async rotate(server, session) {
    const answer = await this.present(server, session.refreshToken, { kind: 'rotate', session });
    assert.equal(answer.status, 200, answer.text);
    session.previous = session.refreshToken;
    session.rotatedAt = performance.now();
    session.refreshToken = answer.data.refreshToken;
    session.accessToken = answer.data.accessToken;
  }

  async terminate(server, session, target) {
    const answer = await this.ask(server, { kind: 'end', target }, '/api/sessions/terminate',
      { sessionId: target.id }, session.accessToken);
    assert.equal(answer.status, 200, answer.text);
    target.alive = false;
  }

  async logout(server, session) {
    const answer = await this.ask(server, { kind: 'end', target: session }, '/api/auth/logout', undefined, session.accessToken);
    assert.equal(answer.status, 200, answer.text);
    session.alive = false;
  }

  async terminateOthers(server, session) {
    const others = this.alive.length - 1;
    const answer = await this.ask(server, { kind: 'endOthers', session }, '/api/sessions/terminate-others', undefined,
      session.accessToken);
    assert.deepEqual([answer.status, answer.data?.terminated], [200, others], answer.text);
    this.endOthers(session);
  }

  async changePassword(server, session) {
    const newPassword = this.newPassword();
    const answer = await this.ask(server, { kind: 'changePassword', session, newPassword }, '/api/auth/password',
      { currentPassword: this.password, newPassword, delivery: 'body' }, session.accessToken);
    assert.equal(answer.status, 200, answer.text);
    this.password = newPassword;
    session.replaced = { accessToken: session.accessToken, refreshToken: session.refreshToken };
    session.previous = undefined;
    Object.assign(session, { refreshToken: answer.data.refreshToken, accessToken: answer.data.accessToken });
    this.endOthers(session);
  }

  // ---- Checks after a restart --------------------------------------------------------------------------------------

  /**
   * Determines the outcome of the unanswered request: true when it was executed, false when not, undefined when there
   * was none or when it is unknown. A partial execution fails the test.
   */
  async resolve(server, rules) {
    const { pending } = this;
    this.pending = undefined;
    return pending && this[`resolve_${pending.kind}`](server, pending, rules);
  }

  async resolve_register(server, { password }) {
    const answer = await this.tryLogin(server, password);
    if (answer.status !== 200) {
      assert.equal(answer.code, 'INVALID_CREDENTIALS', answer.text);
      return false;
    }
    this.password = password;
    assert.equal(await this.adopt(server), 1, 'an account comes with its first session');
    return true;
  }

  async resolve_login(server) {
    const found = await this.adopt(server);
    assert.ok(found <= 1, `one sign-in made ${found} sessions`);
    return found === 1;
  }

  /** Retries like a client without an answer: presents the token again. */
  async resolve_rotate(server, { session }, { window, scope }) {
    const answer = await this.present(server, session.refreshToken);
    if (answer.status === 200) {
      session.previous = window ? undefined : session.refreshToken;
      session.rotatedAt = performance.now();
      Object.assign(session, { refreshToken: answer.data.refreshToken, accessToken: answer.data.accessToken });
      return window ? undefined : false;
    }
    assert.deepEqual([answer.code, window], ['TOKEN_REUSE_DETECTED', false], answer.text);
    this.endReused(session, scope);
    return true;
  }

  async resolve_end(server, { target }) {
    const live = await this.list(server, (session) => session !== target);
    target.alive = live.has(target.id);
    return !target.alive;
  }

  async resolve_endOthers(server, { session }) {
    const live = await this.list(server, (other) => other === session);
    const done = live.size === 1 && this.alive.length > 1;
    if (done) this.endOthers(session);
    return done;
  }

  async resolve_changePassword(server, { session, newPassword }) {
    const before = this.alive;
    const done = (await this.tryLogin(server, newPassword)).status === 200;
    if (!done) {
      await this.login(server);
      return false;
    }
    this.password = newPassword;
    for (const other of before) other.alive = other === session;
    // The new tokens are lost with the answer, and the earlier ones are invalid.
    session.replaced = { accessToken: session.accessToken, refreshToken: session.refreshToken };
    Object.assign(session, { previous: undefined, refreshToken: undefined, accessToken: undefined });
    return true;
  }

  /** Checks at most `max` of the ended sessions. */
  async check(server, { window, scope }, max = Infinity) {
    if (!this.isRegistered) return;
    const live = await this.list(server);
    assert.deepEqual([...live].sort(), this.alive.map((session) => session.id).sort(), `the sessions of ${this.email}`);
    for (const session of this.alive) {
      if (session.accessToken) assert.equal(await server.verify(session.accessToken), 200);
      if (session.replaced) await this.checkReplaced(server, session.replaced);
    }
    for (const session of this.random.sample(this.ended, max)) await this.checkEnded(server, session);
    const rotated = this.alive.filter((session) => session.previous);
    if (rotated.length > 0) await this.checkSuperseded(server, this.random.pick(rotated), window, scope);
  }

  /** Tokens issued before a password change are invalid while their session is live, and are not reported as reuse. */
  async checkReplaced(server, { accessToken, refreshToken }) {
    assert.equal((await server.get('/api/auth/me', { token: accessToken })).code, 'TOKEN_INVALID');
    assert.equal((await this.present(server, refreshToken)).code, 'TOKEN_INVALID');
  }

  async checkEnded(server, session) {
    const me = await server.get('/api/auth/me', { token: session.accessToken });
    assert.equal(me.code, 'SESSION_TERMINATED', me.text);
    for (const token of [session.refreshToken, session.previous]) {
      if (token) assert.equal((await this.present(server, token)).code, 'TOKEN_INVALID');
    }
  }

  /** Within the window a superseded token gives its only successor again; without a window it is reuse. */
  async checkSuperseded(server, session, window, scope) {
    if (window && performance.now() - session.rotatedAt > windowSeconds * 500) return;
    if (window) {
      const again = await this.present(server, session.previous);
      assert.deepEqual([again.status, again.data?.refreshToken], [200, session.refreshToken], again.text);
    } else if (this.random.chance(0.3)) {
      const answer = await this.present(server, session.previous);
      assert.equal(answer.code, 'TOKEN_REUSE_DETECTED', answer.text);
      this.endReused(session, scope);
      await this.checkEnded(server, session);
    }
  }

  // ---- Helpers -------------------------------------------------------------------------------------------------------

  async ask(server, pending, path, json, token) {
    this.pending = pending;
    const answer = await server.post(path, json, { token });
    this.pending = undefined;
    this.acknowledged += 1;
    return answer;
  }

  present(server, refreshToken, pending) {
    return this.ask(server, pending, '/api/auth/refresh', { refreshToken });
  }

  /** The ids of the live sessions, listed with a session for which `mayAsk` is true; signs in when there is none. */
  async list(server, mayAsk = () => true) {
    const asking = () => this.alive.find((session) => session.accessToken && mayAsk(session));
    if (!asking()) {
      mayAsk = () => true;
      const before = new Set(this.sessions);
      await this.login(server);
      mayAsk = (session) => !before.has(session);
    }
    return new Set((await server.sessions(asking().accessToken)).map((session) => session.id));
  }

  /** Adds the live sessions whose tokens were lost with an answer; returns their number. */
  async adopt(server) {
    const live = await this.list(server);
    const known = new Set(this.sessions.map((session) => session.id));
    const found = [...live].filter((id) => !known.has(id));
    for (const id of found) this.sessions.push({ id, alive: true });
    return found.length;
  }

  addSession(answer) {
    const { accessToken, refreshToken, sessions } = answer.data;
    this.sessions.push({ id: sessions.find((session) => session.current).id, accessToken, refreshToken, alive: true });
  }

  endOthers(session) {
    for (const other of this.alive) other.alive = other === session;
  }

  endReused(session, scope) {
    for (const other of this.alive) if (scope === 'user' || other === session) other.alive = false;
  }

  newPassword() {
    passwords += 1;
    return `a passphrase of its own ${passwords}`;
  }
}
