#!/usr/bin/env python3
"""Runs a command on each source file named on standard input, on all cores, and remembers which files passed.

  each_source.py --kept FOLDER [--seconds N] [--also TEXT] -- COMMAND...

`{}` in COMMAND stands for the file. A file that passed is run again only after a change of the command, of TEXT, of
.clang-tidy, of the file, or of a header of the project that the file includes directly or indirectly. Files are started in
the given order; after N seconds no further one is started, and the remaining ones are named. Fails if a command fails, and
prints its output.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import time

includes = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


@functools.cache
def content(path):
    return pathlib.Path(path).read_bytes()


def with_its_headers(source):
    """The file and all headers of the project that it includes directly or indirectly, sorted."""
    seen, waiting = set(), [source]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in includes.findall(content(path)):
            header = name.decode()
            beside = os.path.join(os.path.dirname(path), header)
            waiting += [candidate for candidate in (header, beside) if os.path.isfile(candidate)][:1]
    return sorted(seen)


def key_of(source, common):
    digest = hashlib.sha256(common)
    for path in with_its_headers(source):
        digest.update(path.encode() + b'\0' + hashlib.sha256(content(path)).digest())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--kept', required=True)
    parser.add_argument('--seconds', type=float, default=float('inf'))
    parser.add_argument('--also', default='')
    parser.add_argument('command', nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ['--'] else options.command
    kept = pathlib.Path(options.kept)
    kept.mkdir(parents=True, exist_ok=True)

    version = subprocess.run([command[0], '--version'], stdout=subprocess.PIPE, check=True).stdout
    common = b'\0'.join([repr(command).encode(), version, options.also.encode(), content('.clang-tidy')])
    sources = list(dict.fromkeys(line.strip() for line in sys.stdin if line.strip()))
    stamps = {source: kept / key_of(source, common) for source in sources}
    changed = [source for source in sources if not stamps[source].exists()]

    end = time.monotonic() + options.seconds
    left, failed = [], []

    def examine(source):
        if time.monotonic() > end:
            return source, None
        arguments = [source if word == '{}' else word for word in command]
        return source, subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for source, result in pool.map(examine, changed):
            if result is None:
                left.append(source)
            elif result.returncode == 0:
                stamps[source].touch()
            else:
                failed.append(source)
                print(result.stdout, flush=True)

    name = os.path.basename(command[0])
    print(f'{name}: {len(sources) - len(left) - len(failed)} sources ok, {len(changed) - len(left)} of all checked now')
    if left:
        print(f'{name}: out of time, not checked: {" ".join(left)}')
    if failed:
        sys.exit(f'{name}: {len(failed)} sources failed: {" ".join(failed)}')


main()
