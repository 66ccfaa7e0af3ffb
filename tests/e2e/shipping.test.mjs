// What is installed beside the program says what the program does, and the service manager is told the truth.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch, program, run, start, temporaryDirectory, until, within } from './server.mjs';

const tree = fileURLToPath(new URL('../../', import.meta.url));
const packaging = (name) => readFileSync(join(tree, '.packaging', name), 'utf8');

/** Runs a command that must succeed: its standard output. */
function output(file, args, { input = '', directory = tree, ...environment } = {}) {
  const clean = { ...process.env, MAKEFLAGS: undefined, MAKELEVEL: undefined, MFLAGS: undefined, ...environment };
  const { status, stdout, stderr } = spawnSync(file, args, { cwd: directory, env: clean, input, encoding: 'utf8', timeout: 20_000 });
  assert.equal(status, 0, `${file} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

// ---- What the program says ----------------------------------------------------------------------------------------

/** `{commands, options, arguments}` of a help text. An option is its name and, if it takes one, a value. */
function readHelp(text) {
  const section = (heading) => new RegExp(`^${heading}[^\\n]*\\n((?:  .*\\n)*)`, 'm').exec(text)?.[1] ?? '';
  const names = (lines, pattern) => [...lines.matchAll(pattern)].map((match) => match[1]);
  return {
    commands: names(section('Subcommands:'), /^  ([a-z-]+) /gm),
    options: names(section('Options:'), /^  (?:-\w,)?(--[a-z-]+)/gm).filter((option) => option !== '--help'),
    settings: [...section('Settings').matchAll(/^  (--\w+) VALUE .*\((.*)\)$/gm)].map(([, option, value]) => [option, value]),
  };
}

const grammar = { commands: new Map(), groups: new Map(), settings: [] };

before(async () => {
  const help = async (...words) => readHelp((await run([...words, '--help'])).stdout);
  const top = await help();
  grammar.settings = top.settings;
  grammar.groups.set('', top.commands);
  await Promise.all(top.commands.map(async (command) => {
    const { commands, options } = await help(command);
    if (commands.length === 0) return grammar.commands.set(command, options);
    grammar.groups.set(command, commands);
    return Promise.all(commands.map(async (below) => grammar.commands.set(`${command} ${below}`, (await help(command, below)).options)));
  }));
  assert.ok(grammar.settings.length > 30 && grammar.commands.size > 15, 'the help was understood');
});

// ---- The manual ---------------------------------------------------------------------------------------------------

const plain = (roff) => roff.replace(/\\f[BIRP]/g, '').replace(/\\\(dq/g, '"').replace(/\\-/g, '-').replace(/\\&/g, '');

/** Entries of a manual page, `.TP` with its tag: `[{tag, text}]`. Of a section, if one is named. */
function entries(page, section = '') {
  const from = section ? page.slice(page.indexOf(`\n.SH ${section}\n`) + 1) : page;
  const body = section ? from.slice(0, from.indexOf('\n.SH ', 1)) : from;
  return body.split(/^\.TP\n/m).slice(1).map((entry) => {
    const [first, ...rest] = entry.split('\n');
    const words = /^\.(B|I) /.test(first) ? first.slice(3) : first.replace(/^\.[BIR]{2} /, '').replace(/(?:"([^"]*)"|(\S+)) ?/g, '$1$2');
    return { tag: plain(words).replace(/"/g, '').trim(), text: plain(rest.join('\n')) };
  });
}

/** The last two columns of the tables of a manual page. */
const table = (page) => [...plain(page).matchAll(/^(--\w+)\t(.*)$/gm)].map(([, option, value]) => [option, value]);

describe('the manual', () => {
  it('has pages without a mistake in their markup', () => {
    for (const page of ['auth-server.1', 'auth-server-stub.1', 'auth.conf.5']) {
      const { status, stderr } = spawnSync('groff', ['-t', '-man', '-Tutf8', '-ww', '-z', join(tree, '.packaging', page)], { encoding: 'utf8' });
      assert.deepEqual({ page, status, stderr }, { page, status: 0, stderr: '' });
    }
  });

  it('names every command with its options, and no others', () => {
    const documented = new Map();
    let command = '';
    const explained = new Set();
    for (const { tag } of entries(packaging('auth-server.1'), 'COMMANDS')) {
      if (/^(--|ID$)/.test(tag)) {
        explained.add(`${command} ${tag.split(' ')[0]}`);
        continue;
      }
      command = /^[a-z -]+?(?= \[| [A-Z]| --|$)/.exec(tag)[0];
      documented.set(command, [...new Set(tag.match(/--[a-z-]+/g) ?? [])].sort());
    }
    const known = new Map([...grammar.commands].map(([name, options]) => [name, [...options].sort()]));
    assert.deepEqual(new Map([...documented].sort()), new Map([...known].sort()));
    for (const [name, options] of known) {
      if (name === 'stub') continue; // has a page of its own
      for (const option of options.filter((each) => each !== '--json'))
        assert.ok(explained.has(`${name} ${option}`), `${name} ${option} has no entry`);
    }
  });

  it('names every setting with its default', () => {
    assert.deepEqual(table(packaging('auth-server.1')), grammar.settings);
  });

  it('of the configuration names every key with its range and default, as the program does', async () => {
    const { stderr, stdout } = await run(['check-config', '--json']);
    const defaults = new Map(JSON.parse(stdout).settings.map(({ key, value }) => [key, value]));
    assert.equal(stderr, 'the configuration is good\n');
    const empty = Object.fromEntries([...defaults.keys()].map((key) => [`AUTH_${key.toUpperCase()}`, '']));
    const refused = await run(['check-config'], { environment: empty });
    const known = [...refused.stderr.matchAll(/: (\w+): there is no value \(allowed: (.*)\)$/gm)].map(([, key, range]) => ({
      key, range, value: defaults.get(key),
    }));
    assert.equal(known.length, defaults.size);
    const documented = entries(packaging('auth.conf.5'), 'SETTINGS').map(({ tag, text }) => {
      const [, range, value] = /Allowed: ([^]*)\.\n\.br\nDefault: (.*)\./.exec(text);
      return { key: tag, range: range.replace(/\n/g, ' '), value };
    });
    const byKey = (one, other) => (one.key < other.key ? -1 : 1);
    assert.deepEqual(documented.sort(byKey), known.sort(byKey));
  });

  it('of the configuration, its example and the README say which settings SIGHUP changes', async () => {
    const remark = /Changes\s+(#\s+)?take effect at SIGHUP\./;
    const { settings } = JSON.parse((await run(['check-config', '--json'])).stdout);
    const known = settings.filter(({ changes }) => changes === 'SIGHUP').map(({ key }) => key).sort();
    assert.ok(known.length > 0 && known.length < settings.length);
    const inManual = entries(packaging('auth.conf.5'), 'SETTINGS').filter(({ text }) => remark.test(text)).map(({ tag }) => tag);
    assert.deepEqual(inManual.sort(), known);
    const paragraphs = readFileSync(join(tree, 'auth.conf.example'), 'utf8').matchAll(/((?:^#.*\n)+)((?:^[a-z_]+ = .*\n)+)/gm);
    const inExample = [...paragraphs].filter(([, comment]) => remark.test(comment)).flatMap(([, , lines]) => [...lines.matchAll(/^([a-z_]+) =/gm)].map(([, key]) => key));
    assert.deepEqual(inExample.sort(), known);
    const signal = entries(packaging('auth-server.1'), 'SIGNALS').find(({ tag }) => tag === 'SIGHUP').text;
    const [, readme] = /reads its configuration and its certificate again\. ([^]*?) change at once/.exec(readFileSync(join(tree, 'README.md'), 'utf8'));
    assert.deepEqual([...readme.matchAll(/`([a-z_]+)`/g)].map(([, key]) => key).sort(), known);
    const [, listed] = /The settings\n([^]*?)\ntake effect at once/.exec(signal);
    assert.deepEqual(listed.match(/[a-z]+(_[a-z]+)*/g).filter((word) => word !== 'and').sort(), known);
  });

  it('of the stub names its options and its routes', () => {
    const page = packaging('auth-server-stub.1');
    const options = entries(page, 'OPTIONS').map(({ tag }) => tag.split(' ')[0]);
    assert.deepEqual(options, [...grammar.commands.get('stub'), '--database']);
    const documented = entries(page, 'CONTROL PLANE').map(({ tag }) => tag.replace(/\?.*/, '').replace(/[A-Z]{4,}(?=$|\/restore)/, '*'));
    const source = readFileSync(join(tree, 'web/stub/control.cpp'), 'utf8');
    const known = [...source.matchAll(/\{"([A-Z]+)", +"(\/__test\/[^"]*)"/g)].map(([, method, path]) => `${method} ${path}`);
    assert.ok(known.length > 15);
    assert.deepEqual(documented.sort(), known.sort());
  });
});

// ---- Completion ---------------------------------------------------------------------------------------------------

/** What bash offers for each of the command lines, whose last word is being typed. */
function completions(lines) {
  const script = `source .packaging/auth-server.bash
    while IFS= read -r line; do
      read -ra COMP_WORDS <<< "$line"
      [[ $line == *' ' ]] && COMP_WORDS+=("")
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)) COMPREPLY=()
      _auth_server
      echo "\${COMPREPLY[*]}"
    done`;
  const said = output('bash', ['--norc', '-c', script], { input: lines.map((line) => `${line}\n`).join('') });
  return said.split('\n').slice(0, -1).map((words) => words.split(' ').filter(Boolean).sort());
}

describe('completion', () => {
  it('in bash offers the commands, and after each its options and the settings', () => {
    const settings = grammar.settings.map(([option]) => option);
    const cases = [
      ...[...grammar.groups].map(([group, words]) => [`auth-server ${group} `.replace('  ', ' '), words]),
      ...[...grammar.commands].map(([command, options]) => [`auth-server ${command} -`, [...options, ...settings, '--help', '--config']]),
      ['auth-server --database x user ', grammar.groups.get('user')],
      ['auth-server audit --user ', []],
      ['auth-server --reuse_scope ', ['user', 'session']],
      ['auth-server --registration c', ['closed']],
      ['auth-server --workers ', []],
      ['auth-server user delete ada@example.org --y', ['--yes']],
    ];
    const offered = completions(cases.map(([line]) => line));
    for (const [index, [line, words]] of cases.entries()) assert.deepEqual(offered[index], [...words].sort(), line);
  });

  it('in zsh is well formed and knows the same words', () => {
    const text = packaging('_auth-server');
    output('zsh', ['-n', join(tree, '.packaging/_auth-server')]);
    const settings = [...text.matchAll(/^  ['"](--\w+)\[/gm)].map(([, option]) => option);
    assert.deepEqual(settings.sort(), [...grammar.settings.map(([option]) => option), '--config'].sort());
    const offered = [...text.matchAll(/^(?:    |  )'([a-z-]+):|'([a-z]+):[^']*'(?= |\))/gm)].map(([, one, other]) => one ?? other);
    assert.deepEqual(offered.sort(), [...grammar.groups.values()].flat().sort());
    const options = new Set([...text.matchAll(/'(--[a-z-]+)\[/g)].map(([, option]) => option));
    for (const option of new Set([...grammar.commands.values()].flat())) assert.ok(options.has(option), option);
  });
});

// ---- Installing ---------------------------------------------------------------------------------------------------

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true });
}

/** Runs `make` for the program under test, which is not built again. */
function make(target, destination, ...variables) {
  return output('make', ['-o', 'all', target, `SERVER=${program}`, `DESTDIR=${destination}`, 'PREFIX=/usr', ...variables]);
}

describe('an installation', () => {
  let root;
  before(() => {
    root = temporaryDirectory();
    make('install', root);
  });
  const installed = (path) => readFileSync(join(root, path), 'utf8');

  it('contains the program without symbols, and no word that is still to be replaced', () => {
    assert.doesNotMatch(output('readelf', ['-S', '-W', join(root, 'usr/bin/auth-server')]), /\.symtab/);
    for (const path of ['usr/share/man/man1/auth-server.1', 'usr/share/man/man5/auth.conf.5', 'etc/auth-server/auth.conf',
      'usr/lib/systemd/system/auth-server.service', 'usr/lib/tmpfiles.d/auth-server.conf'])
      assert.doesNotMatch(installed(path), /@[a-zA-Z]+@/, path);
  });

  it('has a configuration that the program accepts, apart from where the database lies', async () => {
    const directory = temporaryDirectory();
    const { code, stderr } = await run(['--config', join(root, 'etc/auth-server/auth.conf'), '--database', join(directory, 'auth.db'), 'check-config']);
    assert.equal(code, 0, stderr);
    assert.match(installed('etc/auth-server/auth.conf'), /^database = \/var\/lib\/auth-server\/auth\.db$/m);
  });

  it('is removed completely, except for a configuration that has been changed', () => {
    const copy = () => {
      const other = temporaryDirectory();
      cpSync(root, other, { recursive: true, verbatimSymlinks: true });
      return other;
    };
    const untouched = copy();
    make('uninstall', untouched);
    assert.deepEqual(filesBelow(untouched), []);

    const other = copy();
    const configuration = join(other, 'etc/auth-server/auth.conf');
    writeFileSync(configuration, 'registration = closed\n');
    assert.match(make('install', other), /^kept .*auth\.conf$/m);
    assert.match(make('uninstall', other), /^kept .*auth\.conf, which has been changed$/m);
    assert.equal(readFileSync(configuration, 'utf8'), 'registration = closed\n');
    assert.deepEqual(filesBelow(other).filter((entry) => entry.isFile()).length, 1);
  });

  it('has a service whose exposure is below 1.5, and units that systemd understands', () => {
    const units = temporaryDirectory();
    for (const unit of ['auth-server.service', 'auth-server.socket']) {
      // The program has to be where the unit says.
      const text = installed(`usr/lib/systemd/system/${unit}`).replace('ExecStart=/usr/bin/auth-server', `ExecStart=${program}`);
      writeFileSync(join(units, unit), text);
    }
    const service = join(units, 'auth-server.service');
    output('systemd-analyze', ['security', '--offline=true', '--threshold=15', '--no-pager', service]);
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', service, join(units, 'auth-server.socket')], { encoding: 'utf8' });
    assert.deepEqual([verified.status, verified.stderr], [0, '']);
  });

  it('has an account for the service', () => {
    const system = temporaryDirectory();
    mkdirSync(join(system, 'etc'));
    output('systemd-sysusers', [`--root=${system}`, join(root, 'usr/lib/sysusers.d/auth-server.conf')]);
    assert.match(readFileSync(join(system, 'etc/passwd'), 'utf8'), /^auth-server:x:\d+:\d+:auth-server:\/var\/lib\/auth-server:\/usr\/sbin\/nologin$/m);
  });
});

describe('the list of components', () => {
  const list = (environment) => JSON.parse(output('make', ['-s', 'sbom'], environment));
  let document;
  before(() => {
    document = list();
  });

  it('is the same each time, apart from its time, which can be given', () => {
    const other = list({ SOURCE_DATE_EPOCH: '1700000000' });
    assert.equal(other.creationInfo.created, '2023-11-14T22:13:20Z');
    other.creationInfo.created = document.creationInfo.created;
    assert.deepEqual(other, document);
  });

  it('is an SPDX 2.3 document that names each component with version, license and relationship', () => {
    assert.deepEqual([document.spdxVersion, document.dataLicense, document.SPDXID], ['SPDX-2.3', 'CC0-1.0', 'SPDXRef-DOCUMENT']);
    assert.match(document.documentNamespace, /^https:\/\/[^#]+$/);
    assert.match(document.creationInfo.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    for (const creator of document.creationInfo.creators) assert.match(creator, /^(Tool|Organization|Person): /);
    const ids = new Set([document.SPDXID, ...document.packages.map((each) => each.SPDXID)]);
    assert.equal(ids.size, document.packages.length + 1);
    const notices = packaging('THIRD_PARTY');
    for (const each of document.packages) {
      assert.match(each.SPDXID, /^SPDXRef-[a-zA-Z0-9.-]+$/);
      for (const field of ['name', 'versionInfo', 'downloadLocation', 'licenseConcluded', 'licenseDeclared', 'copyrightText', 'supplier'])
        assert.ok(each[field], `${each.name}: ${field}`);
      if (each.name !== 'auth-server') assert.match(notices, new RegExp(`^${each.name} `, 'm'), 'THIRD_PARTY names it');
    }
    for (const { spdxElementId, relatedSpdxElement } of document.relationships)
      assert.ok(ids.has(spdxElementId) && ids.has(relatedSpdxElement));
    const related = new Set(document.relationships.flatMap((each) => [each.spdxElementId, each.relatedSpdxElement]));
    assert.deepEqual(related, ids);
    const sqlite = document.packages.find((each) => each.name === 'SQLite');
    assert.equal(sqlite.versionInfo, output('dpkg-query', ['-W', '-f', '${Version}', 'libsqlite3-dev']));
  });
});

// ---- The service manager ------------------------------------------------------------------------------------------

/** A service manager: its messages arrive in `messages`. Node has no datagram sockets for Unix, so Python receives. */
async function serviceManager(name) {
  const script = `import json, socket, sys
name = sys.argv[1]
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("\\0" + name[1:] if name[0] == "@" else name)
print("bound", flush=True)
while True:
    print(json.dumps(receiver.recv(4096).decode()), flush=True)`;
  const receiver = launch('python3', ['-c', script, name], { directory: temporaryDirectory() });
  await until(() => receiver.stdout.includes('bound\n') || receiver.hasEnded, 'the socket of the service manager');
  assert.ok(!receiver.hasEnded, receiver.stderr);
  return {
    name,
    get messages() {
      return receiver.stdout.split('\n').slice(1, -1).map((line) => JSON.parse(line));
    },
    async stop() {
      receiver.child.kill('SIGKILL');
      await within(receiver.ended, 'the end of the service manager');
    },
  };
}

describe('a service manager', () => {
  it('is told when the server answers, reloads and stops', async () => {
    for (const name of [join(temporaryDirectory(), 'notify'), `@auth-server-e2e-${process.pid}`]) {
      const manager = await serviceManager(name);
      const server = await start({ environment: { NOTIFY_SOCKET: name } });
      await until(() => manager.messages.length === 1, 'READY');
      const [, address] = /^READY=1\nSTATUS=auth-server listens on (http:\S+)$/.exec(manager.messages[0]);
      assert.equal((await fetch(`${address}/readyz`)).status, 200);

      server.process.child.kill('SIGHUP');
      await until(() => manager.messages.length === 3, 'RELOADING and READY');
      const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e6;
      const [, microseconds] = /^RELOADING=1\nMONOTONIC_USEC=(\d+)$/.exec(manager.messages[1]);
      assert.ok(Math.abs(uptime - Number(microseconds)) < 60e6, 'the time is of the monotonic clock');
      assert.equal(manager.messages[2], manager.messages[0]);

      assert.equal((await server.stop()).code, 0);
      await until(() => manager.messages.length === 4, 'STOPPING');
      assert.equal(manager.messages[3], 'STOPPING=1');
      await manager.stop();
    }
  });

  it('gets signs of life as often as its watchdog demands', async () => {
    const manager = await serviceManager(join(temporaryDirectory(), 'notify'));
    const server = await start({ environment: { NOTIFY_SOCKET: manager.name, WATCHDOG_USEC: '2000000' } });
    const begin = performance.now();
    await until(() => manager.messages.filter((message) => message === 'WATCHDOG=1').length >= 4, 'four signs of life');
    assert.ok(performance.now() - begin < 3 * 2000, 'they come in time');
    assert.match(manager.messages[0], /^READY=1\n/);
    assert.equal((await server.stop()).code, 0);
    await manager.stop();
  });

  it('hears nothing from a server that does not start, and one that is missing does not matter', async () => {
    const manager = await serviceManager(join(temporaryDirectory(), 'notify'));
    const server = await start({ environment: { NOTIFY_SOCKET: join(dirname(manager.name), 'absent') } });
    const second = await run(['--listen', `127.0.0.1:${server.port}`], { environment: { NOTIFY_SOCKET: manager.name } });
    assert.equal(second.code, 1, second.stderr);
    assert.deepEqual(manager.messages, []);
    assert.equal((await server.get('/healthz')).status, 200);
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    assert.match(stderr, /supervisor_unreachable/);
    await manager.stop();
  });
});
