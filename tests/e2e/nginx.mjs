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
 * Calls `launchOn(port)` with free ports until the process that it returns listens there: `{port, process}`. The caller ends
 * it.
 */
export async function startProxy(launchOn) {
  const started = {};
  await until(async () => {
    started.port = await freePort();
    started.process = launchOn(started.port);
    return until(() => started.process.hasEnded || listens(started.port), 'the proxy to listen').then(() => !started.process.hasEnded);
  }, 'the proxy to start');
  return started;
}

/** Starts nginx in `directory` with `http(port)` inside its http block. */
export async function startNginx(directory, http) {
  mkdirSync(join(directory, 'tmp'));
  return startProxy((port) => {
    writeFileSync(join(directory, 'nginx.conf'), `
daemon off; master_process off; pid nginx.pid; error_log error.log;
events { worker_connections 512; }
http { access_log off; ${temporaries} ${http(port)} }`);
    const environment = { PATH: `${process.env.PATH}:/usr/sbin` };
    return launch('nginx', ['-p', `${directory}/`, '-c', 'nginx.conf', '-e', 'error.log'], { directory, environment });
  });
}
