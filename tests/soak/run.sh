#!/bin/sh
# Thousands of clients that are slow, idle, silent or gone, against the executable named by AUTH_SERVER; all on the
# loopback addresses, about two minutes. Names of files as arguments run only those. One line for each claim; fails when
# one does not hold, or when a process or a file is left behind.
set -eu
: "${AUTH_SERVER:?must name the executable under test}"
AUTH_SERVER=$(realpath "$AUTH_SERVER")
export AUTH_SERVER
cd "$(dirname "$0")"
ulimit -n "$(ulimit -Hn)"

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

[ $# -gt 0 ] || set -- *.soak.mjs
result=0
for soak in "$@"; do
  # In the background, for a shell that waits for a foreground command does not hear signals.
  timeout -k 5 120 node "$soak" &
  runner=$!
  wait "$runner" || { result=1; echo "FAIL  $soak"; }
  runner=""
done

left=$(processes_below)
if [ -n "$left" ]; then
  echo "FAIL  processes were left behind:" $left
  result=1
fi
if [ -n "$(ls -A "$TMPDIR")" ]; then
  echo "FAIL  files were left behind:" "$(ls -A "$TMPDIR")"
  result=1
fi
exit "$result"
