#!/usr/bin/env python3
"""Mutation testing: changes one operator or condition of a source at a time and reports the changes that no test notices.

  mutants.py [FILE...]

FILE names the sources or folders; the default is all of `suites` below. Environment:
  MUTANTS=N          the number of changes to try, chosen at random but always the same ones (default 200; "all")
  MUTANT_SECONDS=N   starts no further one after this time (default 900)
  COMPILE            the compiler with its flags
  OBJECTS_x, LIBS_x  the objects and libraries of the test program x
  MUTANT_FOLDER      the folder for what is built

Each mutant is compiled without optimisation and linked with the rest of its folder's test program, which is linked into
one object first. The tests with the same name as the source run first, then all. A mutant is killed if a test fails, the
program crashes, or it takes many times as long as without the change. Mutants that do not compile do not count. Mutants
without an observable effect are listed, with the reason, in equivalent_mutants.txt beside this file.
"""
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import re
import resource
import shlex
import subprocess
import sys
import time

suites = {  # source or folder -> its test program, and the tests to run: "" is all
    'engine': ('engine_tests', ''),
    'web/connection/framing.cpp': ('web_tests', '[#framing_test],[#requests_test]'),
    'web/api/rate_limit': ('web_tests', '[#limits_test],[#known_clients_test],[#quota_test],[#waiting_test],[#sign_in_test]'),
    'store/sqlite/commit_queue.cpp': ('store_tests', '[#commit_queue_test],[#promises_test]'),
}
# The tests that run first together with those named like the source, such as rotation_test.cpp for rotation.cpp.
first = {
    'web/api/rate_limit': ['quota_test'],
    'engine/text': ['text_test', 'encoding_test', 'utf8_test', 'accounts_test'],
    'engine/core': ['housekeeping_test', 'sessions_test'],
    'engine/sessions': ['sessions_test', 'rotation_test', 'session_pages_test'],
    'engine/tokens': ['access_token_test', 'refresh_token_test'],
    'engine': ['accounts_test', 'sessions_test'],
}
not_mutated = {'engine/passwords/common_passwords_data.cpp'}

token = re.compile(
    r'''//[^\n]*|/\*.*?\*/|^[ \t]*\#[^\n]*|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|'''
    r'''\d(?:'?\w|\.)*|[A-Za-z_]\w*|<=>|->|::|<<=|>>=|<<|>>|&&|\|\||[-+*/%|&^=!<>]=|\+\+|--|.''', re.DOTALL | re.MULTILINE)
binary = {
    '<': '<=', '<=': '<', '>': '>=', '>=': '>', '==': '!=', '!=': '==', '&&': '||', '||': '&&', '+': '-', '-': '+',
    '*': '/', '/': '*', '%': '*', '+=': '-=', '-=': '+=', '|': '&', '&': '|',
}
anywhere = {'++': '--', '--': '++', 'true': 'false', 'false': 'true'}


@dataclasses.dataclass
class Mutant:
    source: str
    begin: int
    end: int
    replacement: str
    text: str  # the whole source, unchanged

    @property
    def changed(self):
        return self.text[:self.begin] + self.replacement + self.text[self.end:]

    @property
    def line(self):
        return self.text.count('\n', 0, self.begin) + 1

    def lines(self):
        """The line before and after the change."""
        return (self.text.splitlines()[self.line - 1].strip(), self.changed.splitlines()[self.line - 1].strip())

    def __str__(self):
        before, after = self.lines()
        return f'{self.source}:{self.line}: {before}  ->  {after}'


def closing(text, opening):
    """The position after the parenthesis that closes the one at `opening`."""
    depth = 0
    for found in token.finditer(text, opening):
        depth += {'(': 1, ')': -1}.get(found.group(), 0)
        if depth == 0:
            return found.end()
    return len(text)


def mutants_of(source):
    text = pathlib.Path(source).read_text()
    for found in token.finditer(text):
        word, begin, end = found.group(), found.start(), found.end()
        spaced = text[begin - 1:begin].isspace() and text[end:end + 1].isspace()
        if word in binary and spaced:
            yield Mutant(source, begin, end, binary[word], text)
        elif word in anywhere:
            yield Mutant(source, begin, end, anywhere[word], text)
        elif word == '!' and re.match(r'[\w(:]', text[end:end + 1]):
            yield Mutant(source, begin, end, '', text)
        elif word == 'if' and text[end:end + 2] == ' (':
            last = closing(text, end + 1)
            condition = text[end + 2:last - 1]
            if ';' not in condition:
                yield Mutant(source, end + 1, last, f'(!({condition}))', text)


def sources_of(name):
    path = pathlib.Path(name)
    return sorted(map(str, path.rglob('*.cpp'))) if path.is_dir() else [name]


def suite_of(source):
    """The test program, and the tests to run."""
    return next(suite for name, suite in suites.items() if source == name or source.startswith(name + '/'))


def first_tests(source):
    """The test files to run first, as tags of Catch2."""
    stem = pathlib.Path(source).stem
    rows = [names for folder, names in first.items() if source.startswith(folder + '/')][:1]
    names = [f'{stem}_test'] + (rows[0] if rows else [])
    existing = [name for name in names if list(pathlib.Path('tests').rglob(f'{name}.cpp'))]
    return ','.join(f'[#{name}]' for name in dict.fromkeys(existing))


class Linker:
    """Links the mutants of one source with a single object made of all other objects of the test program."""

    def __init__(self, source, folder):
        program, _ = suite_of(source)
        self.source = source
        self.libraries = shlex.split(os.environ[f'LIBS_{program}'])
        self.rest = folder / (source.replace('/', '_') + '.rest.o')
        own = os.path.splitext(source)[0] + '.o'
        others = [name for name in os.environ[f'OBJECTS_{program}'].split() if not name.endswith('/' + own)]
        subprocess.run(['ld', '-r', '-S', '-o', self.rest, *others], check=True)

    def build(self, mutant, program):
        """Builds the program with this mutant. Returns False if it does not compile."""
        source = program.with_suffix('.cpp')
        source.write_text(mutant.changed)
        made = program.with_suffix('.o')
        compile_it = shlex.split(os.environ['COMPILE']) + ['-w', '-O0', '-g0', '-c', str(source), '-o', str(made)]
        if subprocess.run(compile_it, stderr=subprocess.DEVNULL).returncode != 0:
            return False
        link = ['g++', '-pie', '-pthread', str(self.rest), str(made), *self.libraries, '-o', str(program)]
        subprocess.run(link, check=True)
        return True


def run(program, selection, limit):
    """Whether the tests pass within `limit` seconds."""
    def bound():
        resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    command = [str(program), '--abort', '--filenames-as-tags', *([selection] if selection else [])]
    try:
        return subprocess.run(command, timeout=limit, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, preexec_fn=bound).returncode == 0
    except subprocess.TimeoutExpired:
        return False


class Bench:
    """Runs the tests against each mutant and decides whether it survives."""

    def __init__(self, folder):
        self.folder = folder
        self.linkers = {}
        self.limits = {}

    def prepare(self, source):
        """Links the rest of the program, and measures the duration of the tests without a change: they must pass."""
        linker = self.linkers[source] = Linker(source, self.folder)
        text = pathlib.Path(source).read_text()
        program = self.folder / 'unchanged'
        linker.build(Mutant(source, 0, 0, '', text), program)
        name, every = suite_of(source)
        for selection in (first_tests(source), every):
            if (name, selection) in self.limits:
                continue
            begin = time.monotonic()
            if not run(program, selection, 900):
                sys.exit(f'{name} {selection} fails without a change')
            self.limits[name, selection] = 30 + 5 * (time.monotonic() - begin)

    def examine(self, number, mutant):
        program = self.folder / f'mutant{number}'
        try:
            if not self.linkers[mutant.source].build(mutant, program):
                return 'invalid'
            name, every = suite_of(mutant.source)
            for selection in (first_tests(mutant.source), every):
                if not run(program, selection, self.limits[name, selection]):
                    return 'killed'
            return 'survived'
        finally:
            for ending in ('', '.cpp', '.o'):
                program.with_suffix(ending).unlink(missing_ok=True)


def known_equivalents():
    known = set()
    for line in (pathlib.Path(__file__).parent / 'equivalent_mutants.txt').read_text().splitlines():
        if line and not line.startswith('#'):
            source, before, after, _reason = (field.strip() for field in line.split(' ~ '))
            known.add((source, before, after))
    return known


def main():
    names = sys.argv[1:] or list(suites)
    sources = [source for name in names for source in sources_of(name) if source not in not_mutated]
    mutants = [mutant for source in sources for mutant in mutants_of(source)]
    wanted = os.environ.get('MUTANTS') or '200'
    sample = mutants if wanted == 'all' else random.Random(1).sample(mutants, min(int(wanted), len(mutants)))
    equivalents = known_equivalents()
    equivalent = [mutant for mutant in sample if (mutant.source, *mutant.lines()) in equivalents]
    sample = [mutant for mutant in sample if mutant not in equivalent]
    folder = pathlib.Path(os.environ['MUTANT_FOLDER']).absolute()
    folder.mkdir(parents=True, exist_ok=True)

    bench = Bench(folder)
    for source in dict.fromkeys(mutant.source for mutant in sample):
        bench.prepare(source)
    end = time.monotonic() + float(os.environ.get('MUTANT_SECONDS') or 900)
    counts = {'killed': 0, 'survived': 0, 'invalid': 0, 'untried': 0}
    survivors = []
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        tried = pool.map(lambda numbered: bench.examine(*numbered) if time.monotonic() < end else 'untried', enumerate(sample))
        for mutant, result in zip(sample, tried):
            counts[result] += 1
            if result == 'survived':
                survivors.append(mutant)
                print(f'survived: {mutant}', flush=True)
    decided = counts['killed'] + counts['survived']
    print(f'{len(mutants)} possible, {len(sample) + len(equivalent)} chosen: {counts["killed"]} killed, '
          f'{counts["survived"]} survived, {len(equivalent)} known to be equivalent, {counts["invalid"]} do not compile, '
          f'{counts["untried"]} not tried for lack of time')
    print(f'mutation score: {100 * counts["killed"] / max(decided, 1):.1f} %')


main()
