// Debian's nginx in front of a server under test.
import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { launch, until } from './server.mjs';

const temporaries = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path tmp;`).join(' ');

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('connect', () => { socket.destroy(); resolve(true); });
    socket.on('error', () => resolve(false));
  });
}

/**
 * Starts nginx in `directory` with `http(port)` inside its http block, and resolves once it listens:
 * `{port, process}`. Whoever starts it ends it.
 */
export async function startNginx(directory, http) {
  const started = {};
  mkdirSync(join(directory, 'tmp'));
  await until(async () => {
    started.port = await freePort();
    writeFileSync(join(directory, 'nginx.conf'), `
daemon off; master_process off; pid nginx.pid; error_log error.log;
events { worker_connections 512; }
http { access_log off; ${temporaries} ${http(started.port)} }`);
    const environment = { PATH: `${process.env.PATH}:/usr/sbin` };
    started.process = launch('nginx', ['-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log'], { directory, environment });
    return until(() => started.process.hasEnded || listens(started.port), 'nginx to listen').then(() => !started.process.hasEnded);
  }, 'nginx to start');
  return started;
}
