// POST /api/auth/refresh by 32 clients, every answer durable, with shared commits and with a separate commit for each.
import { startAuthServer, startProgram } from '../processes.mjs';
import { freshTokens, interleave, load, loadCommand, medianOf, perSecond, register, times } from '../measuring.mjs';

const clients = 32;

async function measure(print) {
  const own = await startAuthServer();
  const each = await startProgram('bench_server', [1, 20]);
  await register(own, clients);
  await register(each, clients);
  const refresh = (server) => async () => load('refresh', server, { connections: clients, input: await freshTokens(server, clients) });
  const results = await interleave({ own: refresh(own), each: refresh(each) });
  const rate = { own: medianOf(results.own), each: medianOf(results.each) };
  print({
    what: 'POST /api/auth/refresh, 32 clients, synchronous=FULL',
    result: `${perSecond(rate.own)} (p99 ${(medianOf(results.own, 'p99') / 1000).toFixed(1)} ms)`,
    against: `${perSecond(rate.each)} with a commit each (bench_server 1 20)`,
    ratio: times(rate.own / rate.each),
    wanted: '≥ 3',
    command: loadCommand('refresh', clients, 'tokens'),
  });
}

export const measurements = [measure];
