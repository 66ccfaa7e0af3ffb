#!/bin/sh
# Tests the executable named by AUTH_SERVER from outside, with what tests/faults does to it. Names of test files as
# arguments run only those. Fails also when a process or a file is left behind.
set -eu
: "${AUTH_SERVER:?must name the executable under test}"
AUTH_SERVER=$(realpath "$AUTH_SERVER")
export AUTH_SERVER
cd "$(dirname "$0")"

# npm is asked only after a change of the lock file.
if ! cmp -s package-lock.json node_modules/installed-lock.json; then
  npm ci --silent
  cp package-lock.json node_modules/installed-lock.json
fi

. ../tools/watched.sh

[ $# -gt 0 ] || set -- *.test.mjs ../faults/*.test.mjs
result=0
watched node --test --test-concurrency=2 --test-reporter=spec "$@" || result=$?
nothing_left || result=1
exit "$result"
