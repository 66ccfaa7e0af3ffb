// Starts and ends the servers that are measured and the load programs, each in a separate directory.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const programs = process.env.BENCH_PROGRAMS;
const startPatience = 30_000;

const running = new Set();
const directories = new Set();

function removeAll() {
  for (const child of running) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
process.on('exit', removeAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

export function temporaryDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'auth-server-bench-'));
  directories.add(directory);
  return directory;
}

/** Ends the processes that a row has left running. */
export async function endAll() {
  const ends = [...running].map((child) => child.ended);
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ends);
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  directories.clear();
}

/** Starts a process, pinned to a core if one is named. Its standard error goes to the file `complaints` in its directory. */
function launch(command, { directory = temporaryDirectory(), core, environment = {} }) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AUTH_'));
  const [program, ...args] = core === undefined ? command : ['taskset', '-c', String(core), ...command];
  const complaints = openSync(join(directory, 'complaints'), 'w');
  const env = { ...Object.fromEntries(kept), ...environment };
  const child = spawn(program, args, { cwd: directory, env, stdio: ['pipe', 'pipe', complaints] });
  closeSync(complaints);
  child.complaint = () => readFileSync(join(directory, 'complaints'), 'utf8').trim() || `${command.join(' ')} ended`;
  running.add(child);
  child.ended = once(child, 'close').catch(() => {}).then(() => running.delete(child));
  child.stdin.on('error', () => {});
  return child;
}

/** Resolves with the first match of `pattern` in the output that the process prints from now on. */
function printed(child, pattern) {
  return new Promise((resolve, reject) => {
    let text = '';
    const hear = (bytes) => {
      text += bytes;
      const match = pattern.exec(text);
      if (match) settle(() => resolve(match));
    };
    const refuse = () => settle(() => reject(new Error(child.complaint())));
    const late = setTimeout(refuse, startPatience);
    let settled = false;
    function settle(how) {
      if (settled) return;
      settled = true;
      clearTimeout(late);
      child.stdout.off('data', hear);
      how();
    }
    child.stdout.on('data', hear);
    child.ended.then(refuse);
  });
}

/** A process that listens on `port`. */
class Server {
  constructor(child, port, directory) {
    this.child = child;
    this.port = port;
    this.directory = directory;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** Resident memory in KiB. */
  get residentKiB() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.child.pid}/status`, 'utf8'))[1]);
  }

  /** Processor time used so far, in seconds. */
  get processorSeconds() {
    const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  async stop() {
    this.child.stdin.end();
    this.child.kill('SIGTERM');
    await this.child.ended;
  }
}

async function listening(command, options) {
  const directory = options.directory ?? temporaryDirectory();
  const child = launch(command, { ...options, directory });
  const [, port] = await printed(child, /http:\/\/127\.0\.0\.1:(\d+)/);
  return new Server(child, Number(port), directory);
}

/** The executable under test, with rate limits off. `settings` go to its auth.conf. */
export function startAuthServer({ settings = {}, directory = temporaryDirectory(), core } = {}) {
  const all = { listen: '127.0.0.1:0', rate_limits: 'off', cookie_secure: 'false', ...settings };
  const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}\n`);
  writeFileSync(join(directory, 'auth.conf'), lines.join(''), { mode: 0o600 });
  return listening([process.env.AUTH_SERVER], { directory, core });
}

/** Starts `auth-server stub` with this seed. */
export function startStub({ seed }) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'users.json'), JSON.stringify(seed));
  return listening([process.env.AUTH_SERVER, 'stub', '--seed', 'users.json'], { directory });
}

/** Starts one of the programs that run.sh has built. */
export const startProgram = (name, args, options = {}) => listening([join(programs, name), ...args.map(String)], options);

/** Starts a server of tests/bench/node/. */
export const startNode = (script, options = {}) =>
  listening([process.execPath, join(here, 'node', script)], { ...options, environment: { NODE_ENV: 'production' } });

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts one nginx worker that answers every request with `body`. */
export async function startNginx({ body, core }) {
  const directory = temporaryDirectory();
  const port = await freePort();
  writeFileSync(join(directory, 'nginx.conf'), `
    daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log nginx.log;
    events { worker_connections 1024; }
    http {
      access_log off; keepalive_requests 1000000000; default_type application/json;
      client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e;
      server { listen 127.0.0.1:${port}; location / { return 200 '${body}'; } }
    }`);
  const child = launch(['nginx', '-p', directory, '-e', 'nginx.log', '-c', 'nginx.conf'], { directory, core });
  const server = new Server(child, port, directory);
  const late = performance.now() + startPatience;
  while (!(await fetch(server.origin).then((answer) => answer.arrayBuffer(), () => false))) {
    if (performance.now() > late || !running.has(child)) throw new Error(child.complaint());
    await new Promise((resume) => setTimeout(resume, 20));
  }
  return server;
}

/** Runs a program to its end and resolves with the JSON that it has printed. */
export async function run(name, args, { input = '', core } = {}) {
  const child = launch([join(programs, name), ...args.map(String)], { core });
  let output = '';
  child.stdout.on('data', (bytes) => { output += bytes; });
  child.stdin.end(input);
  await child.ended;
  if (child.exitCode !== 0) throw new Error(child.complaint());
  return JSON.parse(output);
}

/** Starts a program that answers each line of its input with a line of JSON: `ask(line)`. */
export function converse(name, args, { core } = {}) {
  const child = launch([join(programs, name), ...args.map(String)], { core });
  return {
    async ask(line) {
      child.stdin.write(`${line}\n`);
      return JSON.parse((await printed(child, /^.*\n/))[0]);
    },
    async end() {
      child.stdin.end();
      await child.ended;
    },
  };
}
