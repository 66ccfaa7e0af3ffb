// GET /api/auth/verify over keep-alive on one core, compared with nginx and with a stock cpp-httplib on the same core.
import { connect } from 'node:net';
import { startAuthServer, startNginx, startProgram } from '../processes.mjs';
import { interleave, load, loadCommand, loaderCore, medianOf, perSecond, register, serverCore, times, verifyRequest } from '../measuring.mjs';

const connections = 32;

/** The size of the answer to a request, in bytes. */
function answerSize(server, request) {
  return new Promise((resolve, reject) => {
    let size = 0;
    const socket = connect(server.port, '127.0.0.1', () => socket.write(request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')));
    socket.on('data', (bytes) => { size += bytes.length; });
    socket.on('end', () => resolve(size));
    socket.on('error', reject);
  });
}

/** Starts an nginx whose complete answer has `size` bytes. */
async function startNginxOfSize(size) {
  const guess = 200;
  const trial = await startNginx({ body: 'x'.repeat(guess), core: serverCore });
  const surplus = (await answerSize(trial, 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')) - guess;
  await trial.stop();
  return startNginx({ body: 'x'.repeat(size - surplus), core: serverCore });
}

async function measure(print) {
  const own = await startAuthServer({ core: serverCore });
  const stock = await startProgram('stock_httplib', [connections + 8], { core: serverCore });
  const [user] = await register(own, 1);
  const [stockUser] = await register(stock, 1);
  const size = await answerSize(own, verifyRequest(user));
  const nginx = await startNginxOfSize(size);

  const ask = (server, request) => () => load('repeat', server, { connections, input: request, core: loaderCore });
  const results = await interleave({
    own: ask(own, verifyRequest(user)),
    nginx: ask(nginx, verifyRequest(user)),
    stock: ask(stock, verifyRequest(stockUser)),
  });
  const rate = Object.fromEntries(Object.entries(results).map(([name, list]) => [name, medianOf(list)]));
  const command = loadCommand('repeat', connections, 'verify.http', { pinned: true });
  print({
    what: 'GET /api/auth/verify, one core for the server, 32 keep-alive connections',
    result: perSecond(rate.own),
    against: `${perSecond(rate.nginx)} nginx, one worker, a constant of the same ${size} bytes`,
    ratio: times(rate.own / rate.nginx),
    wanted: '≥ 0.80',
    command,
  });
  print({
    what: 'the same',
    result: perSecond(rate.own),
    against: `${perSecond(rate.stock)} stock cpp-httplib, same routes, ${connections + 8} threads, keep-alive unbounded`,
    ratio: times(rate.own / rate.stock),
    wanted: '≥ 2',
    command,
  });
}

export const measurements = [measure];
