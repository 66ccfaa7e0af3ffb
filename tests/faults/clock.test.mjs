// Tests that setting the clock of the machine does not affect the deadlines of a running server. (clock_jumps_test.cpp
// tests tokens.)
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { start, temporaryDirectory, within } from '../e2e/server.mjs';
import { openStream } from '../e2e/stream.mjs';

const headDeadline = 10_000;  // ms, for a whole request head

/** A wall clock for one process that differs from that of the machine by `by`, in the format of libfaketime: "+1h". */
class WallClock {
  constructor() {
    this.file = join(temporaryDirectory(), 'offset');
    this.set('+0');
    const library = execFileSync('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD']).toString().trim();
    this.environment = {
      LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: this.file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  set(by) {
    writeFileSync(this.file, `${by}\n`);
  }
}

/** Sends half a request; resolves, when the server closes the connection, with the time that took. */
async function halfRequest(server) {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  const begin = performance.now();
  socket.write('GET /api/auth/me HTTP/1.1\r\nHost: a\r\n');
  socket.resume();
  await within(once(socket, 'close'), 'the end of half a request', 3 * headDeadline);
  return performance.now() - begin;
}

const secondsOf = { '-1h': -3600, '+1d': 86_400, '+10y': 10 * 365 * 86_400 };

describe('setting the clock', { concurrency: true }, () => {
  for (const [by, seconds] of Object.entries(secondsOf)) {
    it(`by ${by}: deadlines keep their length, streams stay open, and users can sign in`, async () => {
      const clock = new WallClock();
      const server = await start({ environment: clock.environment });
      const user = await server.register({ delivery: 'body' });
      const stream = await openStream(server, { token: user.accessToken });
      const half = halfRequest(server);
      clock.set(by);

      const again = await server.login({ email: user.email, password: user.password, delivery: 'body' });
      const { iat } = JSON.parse(Buffer.from(again.accessToken.split('.')[1], 'base64url'));
      assert.ok(Math.abs(iat - Date.now() / 1000 - seconds) < 60, 'the server uses the new time');
      assert.equal(await server.verify(again.accessToken), 200);
      const took = await half;
      assert.ok(took > 0.9 * headDeadline && took < 2 * headDeadline, `${took} ms`);
      assert.ok(!stream.isClosed || by === '+10y', 'only the end of a session closes its stream');
      assert.equal((await server.stop()).code, 0);
    });
  }
});
