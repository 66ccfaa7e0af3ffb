// The README's examples of testing against the stub are run as they stand there, and its chart shows its table.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { chartOf } from '../bench/figures.mjs';
import { launch, program, temporaryDirectory, within } from './server.mjs';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const section = /^## In tests\n(.*?)^## /ms.exec(readme)[1];

/** The first example in that language. */
const example = (language) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(section)[1];

async function runExample(language, file, [command, ...args]) {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, file), example(language));
  const environment = { PATH: `${dirname(program)}:${process.env.PATH}`, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
  const child = launch(command, args, { directory, environment });
  const { code, stdout, stderr } = await within(child.ended, `the README's example in ${language}`);
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout + stderr;
}

describe("the README's examples", () => {
  it('for Node', async () => {
    assert.match(await runExample('js', 'ada.test.mjs', [process.execPath, '--test', 'ada.test.mjs']), /pass 1/);
  });
  it('for Python', async () => {
    assert.match(await runExample('python', 'test_ada.py', ['python3', '-m', 'unittest']), /Ran 1 test/);
  });
  it('for a shell', async () => {
    assert.equal(await runExample('sh', 'ada.sh', ['sh', 'ada.sh']), 'ada is known\n');
  });
});

it("the README's chart is drawn from the table beside it", () => {
  assert.equal(readFileSync(new URL('../bench/figures.svg', import.meta.url), 'utf8'), chartOf(readme), 'make figures draws it anew');
});
