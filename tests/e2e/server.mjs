// Starts servers, each in a new directory, and runs commands of the program under test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from './client.mjs';

export const program = process.env.AUTH_SERVER;
if (!program) throw new Error('AUTH_SERVER must name the program under test');

/** The secret of servers that do not set another. */
export const secret = 'q7Zt3mVb9XcLw2RfKd8sNp5yHgJu6eTa4oWi1kQxBvM';

/** Long enough for two busy cores; only reached if something is wrong. */
export const patience = 20_000;

const directories = new Set();
const children = new Set();

function removeAll() {
  for (const child of children) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
}
process.on('exit', removeAll);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export function temporaryDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'auth-server-e2e-'));
  directories.add(directory);
  return directory;
}

/** Polls `condition` until it is truthy and resolves with its value; rejects after `milliseconds`. */
export async function until(condition, what, milliseconds = patience) {
  const deadline = performance.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}

/** Rejects when `promise` takes longer than `milliseconds`. */
export function within(promise, what, milliseconds = patience) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${milliseconds} ms: ${what}`)), milliseconds);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The environment without AUTH_ settings of the person who runs the tests. */
function cleanEnvironment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AUTH_'));
  return { ...Object.fromEntries(kept), ...extra };
}

/** Starts a process. `stderr`: a descriptor for its standard error, which otherwise is collected. */
export function launch(command, args, { directory, environment = {}, stderr = 'pipe' }) {
  const child = spawn(command, args, { cwd: directory, env: cleanEnvironment(environment), stdio: ['pipe', 'pipe', stderr] });
  const process = { child, pid: child.pid, stdout: '', stderr: '' };
  children.add(child);
  // A process that a failed test has left running must not keep the test runner alive.
  for (const part of [child, child.stdin, child.stdout, child.stderr]) part?.unref();
  child.stdout.on('data', (bytes) => { process.stdout += bytes; });
  child.stderr?.on('data', (bytes) => { process.stderr += bytes; });
  child.stdin.on('error', () => {});
  process.ended = once(child, 'close').then(([code, signal]) => {
    children.delete(child);
    process.hasEnded = true;
    return { code, signal, stdout: process.stdout, stderr: process.stderr };
  });
  return process;
}

/**
 * Runs one command of the program to its end: `{code, stdout, stderr}`. `input` is its standard input, `through` the words
 * of a command that runs it: ['prlimit', '--nofile=64'].
 */
export async function run(args, { directory, input = '', environment, through = [] } = {}) {
  const [file, ...rest] = [...through, program, ...args];
  const command = launch(file, rest, { directory: directory ?? temporaryDirectory(), environment });
  command.child.stdin.end(input);
  return within(command.ended, `auth-server ${args.join(' ')}`);
}

export function writeConfiguration(directory, settings) {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`);
  writeFileSync(join(directory, 'auth.conf'), lines.join(''), { mode: 0o600 });
}

class Server extends Client {
  constructor(process, directory) {
    super();
    this.process = process;
    this.directory = directory;
    this.pid = process.pid;
  }

  /** Runs a command of the program in this server's directory, with its configuration. */
  run(args, options = {}) {
    return run(args, { directory: this.directory, ...options });
  }

  /** As run(), but rejects if the command fails. Resolves with its standard output. */
  async command(args, options) {
    const result = await this.run(args, options);
    if (result.code !== 0) throw new Error(`auth-server ${args.join(' ')}: ${result.code}, ${result.stderr}`);
    return result.stdout;
  }

  /** Stops it by SIGTERM: `{code, signal, stdout, stderr}`. */
  async stop() {
    this.disconnect();
    this.process.child.kill('SIGTERM');
    return within(this.process.ended, 'the end of the server after SIGTERM');
  }

  async kill() {
    this.disconnect();
    this.process.child.kill('SIGKILL');
    await within(this.process.ended, 'the end of the server after SIGKILL');
  }

  /** All files in its directory: name -> bytes. */
  files() {
    return new Map(readdirSync(this.directory).map((name) => [name, readFileSync(join(this.directory, name))]));
  }
}

/**
 * Starts a server and resolves once it listens.
 * `settings` are written to auth.conf with a known secret; with `settings: null` no configuration is written.
 * `through` as for run(), `stderr` as for launch().
 */
export async function start({ settings = {}, directory = temporaryDirectory(), args = [], environment, through = [], stderr } = {}) {
  if (settings) {
    writeConfiguration(directory, { jwt_secret: secret, cookie_secure: 'false', rate_limits: 'off', ...settings });
  }
  const where = args.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const [file, ...rest] = [...through, program, ...where, ...args];
  const process = launch(file, rest, { directory, environment, stderr });
  const server = new Server(process, directory);
  const line = await until(
    () => process.hasEnded || /^.*(https?):\/\/127\.0\.0\.1:(\d+).*\n/m.exec(process.stdout),
    'the line that says where the server listens',
  );
  if (line === true) throw new Error(`the server did not start: ${process.stderr}`);
  server.connectTo(Number(line[2]));
  return server;
}
