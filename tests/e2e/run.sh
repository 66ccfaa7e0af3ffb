#!/bin/sh
# Tests the executable named by AUTH_SERVER from outside. Names of test files as arguments run only those.
# Fails also when a process or a file is left behind.
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

TMPDIR=$(mktemp -d)
export TMPDIR

processes_below() {
  for entry in /proc/[0-9]*; do
    case "$(readlink "$entry/cwd" 2>/dev/null)" in
      "$TMPDIR"*) echo "${entry#/proc/}" ;;
    esac
  done
}

runner=""
end_all() {
  if [ -n "$runner" ]; then
    kill "$runner" 2>/dev/null || true
    wait "$runner" || true
  fi
  left=$(processes_below)
  [ -z "$left" ] || kill -9 $left 2>/dev/null || true
  rm -rf "$TMPDIR"
}
trap end_all EXIT
trap 'exit 130' INT TERM

[ $# -gt 0 ] || set -- *.test.mjs
result=0
# In the background, for a shell that waits for a foreground command does not hear signals.
node --test --test-concurrency=2 --test-reporter=spec "$@" &
runner=$!
wait "$runner" || result=$?
runner=""

left=$(processes_below)
if [ -n "$left" ]; then
  echo "processes were left behind:" $left
  result=1
fi
if [ -n "$(ls -A "$TMPDIR")" ]; then
  echo "files were left behind:" "$(ls -A "$TMPDIR")"
  result=1
fi
exit "$result"
