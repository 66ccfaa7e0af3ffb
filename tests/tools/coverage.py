#!/usr/bin/env python3
"""Prints the share of each folder's lines and branches that the tests have run, from gcov's data below the folder BUILD.

  coverage.py BUILD [FILE...]

With names of files it also prints their lines that never ran. A branch counts if it was taken; the implicit branches for
exceptions do not count.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

folders = ('engine/', 'store/', 'web/')


def measured(data):
    """gcov's report on one object, as JSON."""
    report = subprocess.run(['gcov', '--json-format', '--stdout', '--branch-probabilities', data],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    return [json.loads(line) for line in report.splitlines()]


def main():
    build, *named = sys.argv[1:]
    objects = sorted(str(path) for path in pathlib.Path(build).rglob('*.gcda'))
    if not objects:
        sys.exit(f'no data of gcov below {build}')
    lines = collections.defaultdict(int)     # number of runs by file and line
    branches = collections.defaultdict(int)  # number of times taken by file, line, function and number
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for reports in pool.map(measured, objects):
            for source in (file for report in reports for file in report['files'] if file['file'].startswith(folders)):
                for line in source['lines']:
                    place = source['file'], line['line_number']
                    lines[place] += line['count']
                    taken = [branch['count'] for branch in line['branches'] if not branch['throw']]
                    for number, count in enumerate(taken):
                        branches[(*place, line.get('function_name'), number)] += count

    def share(counts, folder):
        of_folder = [count for key, count in counts.items() if folder in (None, os.path.dirname(key[0]))]
        ran = sum(count > 0 for count in of_folder)
        return f'{100 * ran / max(len(of_folder), 1):6.1f} % of {len(of_folder):5}'

    print(f'{"folder":24} {"lines":>17} {"branches":>17}')
    for folder in sorted({os.path.dirname(file) for file, _ in lines}):
        print(f'{folder:24} {share(lines, folder)} {share(branches, folder)}')
    print(f'{"all":24} {share(lines, None)} {share(branches, None)}')
    for name in named:
        text = pathlib.Path(name).read_text().splitlines()
        for file, number in sorted(place for place, count in lines.items() if place[0] == name and count == 0):
            print(f'{file}:{number}: {text[number - 1]}')


main()
