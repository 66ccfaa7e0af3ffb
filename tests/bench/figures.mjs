// Copies the table that `make bench` has printed into the README, and draws its chart, tests/bench/figures.svg.
//
//   node tests/bench/figures.mjs FILE   replaces the table in the README with the one in FILE, and draws the chart
//   node tests/bench/figures.mjs        draws the chart from the table in the README
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const readme = new URL('../../README.md', import.meta.url);
const drawing = new URL('figures.svg', import.meta.url);

// ---- The table -------------------------------------------------------------------------------------------------------

const heading = ['what', 'auth-server', 'compared with', 'ratio', 'wanted'];
const cellsOf = (line) => line.split('|').slice(1, -1).map((cell) => cell.trim());
const isRow = (line) => line.startsWith('|');

/** The number of the table's first line in the README, and the number of its lines. */
function tableIn(lines) {
  const first = lines.findIndex((line) => line === `| ${heading.join(' | ')} |`);
  if (first === -1) throw new Error('README.md has no table of figures');
  const count = lines.slice(first).findIndex((line) => !isRow(line));
  return { first, count };
}

/** `[{what, own, others}]`; own and others are `{name, value, unit}`. */
function readRows(lines) {
  const quantity = (text) => /^([\d,.]+)\s*(\/s|ms|MiB|KiB|ns)\s*(.*)$/.exec(text);
  let last = '';
  return lines.filter(isRow).slice(2).map((line) => {
    const [what, result, against] = cellsOf(line);
    last = what === 'the same' ? last : what;
    const [own, ...others] = [`${result} auth-server`, ...against.split('; ').filter(Boolean)].map((text) => {
      const [, number, unit, name] = quantity(text) ?? [undefined, 'NaN', '', text];
      return { name, value: Number(number.replaceAll(',', '')), unit };
    });
    return { what: last, own: { ...own, name: 'auth-server' }, others };
  });
}

/** The table of `make bench` without the commands, and the description of the machine. */
function readBench(text) {
  const lines = text.split('\n');
  const rows = lines.filter(isRow).map((line) => `| ${cellsOf(line).slice(0, heading.length).join(' | ')} |`.replaceAll(/ {2,}/g, ' '));
  rows[1] = `|${'---|'.repeat(heading.length)}`;
  const machine = /^Machine: (.*)\. Medians/m.exec(text)?.[1].replace(/(Linux \d+\.\d+)\S*?,/, '$1,');
  if (rows.length < 3 || !machine) throw new Error('the file is not the output of make bench');
  if (text.includes('could not be measured')) throw new Error('a row could not be measured');
  return { rows, machine };
}

function replaceTable(text, bench) {
  const lines = text.split('\n');
  const { first, count } = tableIn(lines);
  lines.splice(first, count, ...bench.rows);
  const where = lines.findIndex((line) => line.startsWith('Measured on '));
  if (where === -1) throw new Error('README.md has no line "Measured on ..."');
  lines[where] = `Measured on ${bench.machine}:`;
  return lines.join('\n');
}

// ---- The chart -------------------------------------------------------------------------------------------------------

/** The comparisons in the chart: a title, and the beginning of the table's rows that contain its bars. */
const groups = [
  { title: 'Is this session alive? Requests a second on one core', row: 'is this session alive?' },
  { title: 'GET /api/auth/verify, requests a second on one core', row: 'GET /api/auth/verify, one core' },
  { title: 'Refreshes a second, each on disk before it is answered', row: 'refreshes, ' },
  { title: 'Sign-ins a second, all cores', row: 'sign-ins, ' },
  { title: 'Start to first answer (shorter is better)', row: 'start to first answer', compared: true },
  { title: 'Resident memory when idle (less is better)', row: 'resident memory when idle', compared: true },
];

const width = 760;
const barBegin = 236;
const barEnd = 640;
const barHeight = 16;
const barStep = 22;
const groupGap = 20;
const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
/** The name beside a bar. */
const short = (name) => (name.startsWith('nginx') ? 'nginx, a constant answer' : name.split(',')[0].replace(/ \(.*/, ''));
const shown = ({ value, unit }) => `${value.toLocaleString('en', { minimumFractionDigits: unit === '/s' && value < 100 ? 1 : 0 })}${unit === '/s' ? '' : ' '}${unit}`;

function barsOf(rows, { row, compared }) {
  const found = rows.filter(({ what, others }) => what.startsWith(row) && (!compared || others.length > 0));
  if (found.length === 0) throw new Error(`the table has no row that begins with "${row}"`);
  return [found[0].own, ...found.flatMap(({ others }) => others)];
}

function drawGroup(title, bars, top) {
  const longest = Math.max(...bars.map(({ value }) => value));
  const lines = bars.map((bar, at) => {
    const y = top + 12 + at * barStep;
    const length = Math.max(1, Math.round(((barEnd - barBegin) * bar.value) / longest));
    const kind = at === 0 ? 'own' : 'other';
    return `  <text class="name ${kind}" x="${barBegin - 8}" y="${y + 12}">${escaped(short(bar.name))}</text>\n`
      + `  <rect class="${kind}" x="${barBegin}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>\n`
      + `  <text class="value" x="${barBegin + length + 6}" y="${y + 12}">${escaped(shown(bar))}</text>`;
  });
  return `  <text class="title" x="0" y="${top}">${escaped(title)}</text>\n${lines.join('\n')}`;
}

export function draw(rows) {
  let top = 16;
  const parts = groups.map((group) => {
    const bars = barsOf(rows, group);
    const part = drawGroup(group.title, bars, top);
    top += 12 + bars.length * barStep + groupGap;
    return part;
  });
  const height = top - groupGap;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Figures of make bench, as bars">
  <style>
    text { font: 13px system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #24292f; }
    .title { font-weight: 600; }
    .name { text-anchor: end; }
    text.other, .value { fill: #57606a; }
    rect.own { fill: #0969da; }
    rect.other { fill: #afb8c1; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      text.other, .value { fill: #9da7b1; }
      rect.own { fill: #4493f8; }
      rect.other { fill: #59636e; }
    }
  </style>
${parts.join('\n')}
</svg>
`;
}

/** The chart of the table in a README. */
export function chartOf(text) {
  const lines = text.split('\n');
  const { first, count } = tableIn(lines);
  return draw(readRows(lines.slice(first, first + count)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let text = readFileSync(readme, 'utf8');
  if (process.argv[2]) {
    text = replaceTable(text, readBench(readFileSync(process.argv[2], 'utf8')));
    writeFileSync(readme, text);
  }
  writeFileSync(drawing, chartOf(text));
}
