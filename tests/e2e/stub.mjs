// Starts `auth-server stub` and calls its control plane.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from './client.mjs';
import { launch, program, temporaryDirectory, until, within } from './server.mjs';

export const password = 'correct horse battery';

/** A client of one namespace of a stub. */
export class Namespace extends Client {
  tolerated = ['x-auth-stub'];

  constructor(port, name) {
    super();
    this.connectTo(port);
    this.name = name;
  }

  request(method, path, options = {}) {
    const headers = this.name ? { 'X-Auth-Namespace': this.name, ...options.headers } : options.headers;
    return super.request(method, path, { ...options, headers });
  }

  check(answer) {
    super.check(answer);
    assert.equal(answer.headers['x-auth-stub'], '1', `${answer.path}: every answer says that it is a stub's`);
  }

  /** A control request that must succeed; resolves with its data. */
  async control(method, path, json) {
    const answer = await this.request(method, `/__test/${path}`, { json });
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
    return answer.data;
  }

  /** A control request that must be refused: `{status, code, fields: [name]}`. */
  async refused(method, path, json) {
    const answer = await this.request(method, `/__test/${path}`, { json });
    return { status: answer.status, code: answer.code, fields: (answer.json.fields ?? []).map(({ field }) => field) };
  }

  tokens(user, more = {}) {
    return this.control('POST', 'tokens', { user, ...more });
  }
}

class Stub extends Namespace {
  constructor(process, line) {
    super(Number(new URL(line.url).port), '');
    this.process = process;
    this.line = line;
  }

  namespace(name) {
    return new Namespace(this.port, name);
  }

  /** Ends it by closing its standard input, as a parent process that ends does: `{code, stdout, stderr}`. */
  async end() {
    this.disconnect();
    this.process.child.stdin.end();
    return within(this.process.ended, 'the end of the stub after that of its standard input');
  }
}

/** Starts a stub with the given seed and resolves once it has printed its line. */
export async function startStub({ seed, args = [], directory = temporaryDirectory(), environment } = {}) {
  if (seed) writeFileSync(join(directory, 'users.json'), JSON.stringify(seed));
  const process = launch(program, ['stub', ...(seed ? ['--seed', 'users.json'] : []), ...args], { directory, environment });
  await until(() => process.hasEnded || process.stdout.includes('\n'), 'the line of the stub');
  if (process.hasEnded) throw new Error(`the stub did not start: ${process.stderr}`);
  return new Stub(process, JSON.parse(process.stdout));
}
