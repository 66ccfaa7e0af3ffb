// Runs the rows one after another and prints a Markdown table. A row that fails is reported in its place; the others
// continue. A run of all rows is also written to table.md beside the programs, for figures.mjs.
import { writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { endAll } from './processes.mjs';

const rows = ['verify', 'streams', 'refresh', 'logins', 'passwords', 'latency', 'start', 'stub', 'alternatives'];

const machine = () => {
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores of ${cpus()[0].model}, ${memory} GiB, Linux ${release()}, ${new Date().toISOString().slice(0, 10)}`;
};

const printed = [];
function say(line) {
  console.log(line);
  printed.push(`${line}\n`);
}

function print({ what, result, against = '', ratio = '', wanted = '', command }) {
  say(`| ${what} | ${result} | ${against} | ${ratio} | ${wanted} | \`${command}\` |`);
}

/** Resolves with 1 if the measurement failed, else with 0. */
async function attempt(name, measure) {
  try {
    await measure(print);
    return 0;
  } catch (failure) {
    const reason = failure.message.trim().split('\n').at(-1);
    print({ what: name, result: `**could not be measured**: ${reason}`, command: `tests/bench/run.sh ${name}` });
    return 1;
  } finally {
    await endAll();
  }
}

const chosen = process.argv.slice(2);
say(`Machine: ${machine()}. Medians of interleaved runs. Server and loader share the machine.\n`);
say('| what | auth-server | compared with | ratio | wanted | command |\n|---|---|---|---|---|---|');
let failed = 0;
for (const name of chosen.length ? chosen : rows) {
  const { measurements } = await import(`./rows/${name}.mjs`);
  for (const measure of measurements) failed |= await attempt(name, measure);
}
if (chosen.length === 0 && !failed) writeFileSync(join(process.env.BENCH_PROGRAMS, 'table.md'), printed.join(''));
process.exit(failed);
