// The README's examples for nginx and Caddy, verbatim: the app behind receives the identity from the server only, whatever
// fields a client forges.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { startCaddy } from './caddy.mjs';
import { goodPassword } from './client.mjs';
import { startNginx } from './nginx.mjs';
import { start, temporaryDirectory, within } from './server.mjs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const example = (language) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(readme)[1];

const names = ['Remote-User', 'Remote-Email', 'Remote-Name', 'Remote-Sub', 'X-Session-Id'];
const forged = 'forged';

/** Every way to write a name with dashes, underscores and (for PHP) dots, in the given case and in others. */
function spellings(name) {
  const parts = name.split('-');
  const joined = parts.slice(1).reduce((texts, part) => texts.flatMap((text) => ['-', '_', '.'].map((mark) => text + mark + part)), [parts[0]]);
  return joined.flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()]);
}

/** The name that an app sees: CGI, WSGI, Rack and PHP treat dashes, underscores and cases alike. */
const folded = (name) => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

let server;
let app;
let seen;  // the raw fields of the requests that reached the app

before(async () => {
  server = await start({ settings: { trusted_proxies: '127.0.0.1' } });
  app = http.createServer((request, response) => {
    seen.push(request.rawHeaders);
    response.end('the app\n');
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
});
after(async () => {
  app.close();
  app.closeAllConnections();
  assert.equal((await server.stop()).code, 0);
});

/** The example with the ports of this test. */
const withPorts = (text) => text.replaceAll('127.0.0.1:8080', `127.0.0.1:${server.port}`)
  .replaceAll('127.0.0.1:3000', `127.0.0.1:${app.address().port}`);

const proxies = {
  nginx: () => startNginx(temporaryDirectory(), (port) => `server { listen 127.0.0.1:${port}; ${withPorts(example('nginx'))} }`),
  Caddy: () => startCaddy(temporaryDirectory(), (port) => withPorts(example('caddyfile')).replace('app.example.org', `http://app.example.org:${port}`)),
};

for (const [name, startIt] of Object.entries(proxies)) {
  describe(`an app behind the README's ${name}`, () => {
    let proxy;
    before(async () => { proxy = await startIt(); });
    after(async () => {
      proxy.process.child.kill('SIGTERM');
      await within(proxy.process.ended, `the end of ${name}`);
    });

    /** The status of a request, and the fields that the app saw: folded name -> values. */
    async function ask(fields, path = '/page') {
      seen = [];
      const request = http.get({ host: '127.0.0.1', port: proxy.port, path, agent: false, headers: ['Host', 'app.example.org', ...fields.flat()] });
      const [response] = await within(once(request, 'response'), 'an answer');
      response.resume();
      await once(response, 'end');
      const identity = {};
      for (const raw of seen) {
        for (let i = 0; i < raw.length; i += 2) {
          if (names.some((field) => folded(field) === folded(raw[i]))) (identity[folded(raw[i])] ??= []).push(Buffer.from(raw[i + 1], 'latin1').toString());
        }
      }
      return { status: response.statusCode, reached: seen.length, identity };
    }

    async function signIn(details) {
      const email = `${name.toLowerCase()}${details.name?.length ?? 0}@example.org`;
      const user = await server.register({ email, password: goodPassword, ...details });
      const { session } = (await server.get('/api/auth/me', { token: user.accessToken })).data;
      const identity = { REMOTE_USER: [email], REMOTE_EMAIL: [email], REMOTE_NAME: [details.name ?? email], REMOTE_SUB: [user.user.id], X_SESSION_ID: [session.id] };
      return { identity, bearer: ['Authorization', `Bearer ${user.accessToken}`] };
    }

    it('sees who is signed in, also a user without a name', async () => {
      for (const details of [{ name: 'Zoë Ωmega 名' }, {}]) {
        const user = await signIn(details);
        assert.deepEqual(await ask([user.bearer]), { status: 200, reached: 1, identity: user.identity });
      }
    });

    it('sees none of the forged fields, all five at once and in every spelling', async () => {
      const user = await signIn({ name: 'Ada' });
      const honest = { status: 200, reached: 1, identity: user.identity };
      const everything = names.flatMap(spellings).map((spelling) => [spelling, forged]);
      assert.deepEqual(await ask([user.bearer, ...names.map((field) => [field, forged])]), honest);
      assert.deepEqual(await ask([...everything, user.bearer]), honest);
      for (const spelling of everything) assert.deepEqual(await ask([user.bearer, spelling, spelling]), honest, spelling[0]);
    });

    it('sees the fields also when a client declares them hop-by-hop', async () => {
      const user = await signIn({ name: 'Grace' });
      for (const field of names) assert.deepEqual((await ask([user.bearer, ['Connection', `close, ${field}`]])).identity, user.identity, field);
    });

    it('is not reached without a session, whatever is forged', async () => {
      const everything = names.flatMap(spellings).map((spelling) => [spelling, forged]);
      const turnedAway = { status: 401, reached: 0, identity: {} };
      for (const fields of [[], everything, [['Authorization', 'Bearer forged'], ...everything]]) assert.deepEqual(await ask(fields), turnedAway);
      assert.equal((await ask(everything, '/verify')).reached, 0);
    });

    it('is not reached by requests to the server itself', async () => {
      assert.deepEqual(await ask([], '/api/auth/me'), { status: 401, reached: 0, identity: {} });
    });
  });
}
