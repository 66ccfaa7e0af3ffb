// Logins per second, compared with libxcrypt alone on the same cores at the same cost.
import { run, startAuthServer } from '../processes.mjs';
import { interleave, load, loadCommand, loginRequests, medianOf, register, seconds, times } from '../measuring.mjs';

const clients = 16;
const cost = 10;

async function measure(print) {
  const server = await startAuthServer({ settings: { bcrypt_rounds: cost } });
  await register(server, clients);
  const input = loginRequests(clients);
  const results = await interleave({
    bare: () => run('bare_bcrypt', [cost, Math.ceil(seconds)]),
    logins: () => load('repeat', server, { connections: clients, input }),
  });
  const rate = { bare: medianOf(results.bare), logins: medianOf(results.logins) };
  print({
    what: `POST /api/auth/login, ${clients} clients, bcrypt cost ${cost}`,
    result: `${rate.logins.toFixed(1)}/s`,
    against: `${rate.bare.toFixed(1)}/s libxcrypt alone, a thread for each core`,
    ratio: times(rate.logins / rate.bare),
    wanted: '≥ 0.95',
    command: `${loadCommand('repeat', clients, 'logins.http')}; bare_bcrypt ${cost} ${Math.ceil(seconds)}`,
  });
}

export const measurements = [measure];
