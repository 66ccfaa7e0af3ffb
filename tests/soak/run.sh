#!/bin/sh
# Tests the executable named by AUTH_SERVER with thousands of clients that are slow, idle, silent or gone, on loopback
# addresses; takes about two minutes. With names of files as arguments it runs only those. Prints a line for each claim;
# fails if one does not hold, or if a process or a file is left behind.
set -eu
: "${AUTH_SERVER:?must name the executable under test}"
AUTH_SERVER=$(realpath "$AUTH_SERVER")
export AUTH_SERVER
cd "$(dirname "$0")"
ulimit -n "$(ulimit -Hn)"

. ../tools/watched.sh

[ $# -gt 0 ] || set -- *.soak.mjs
result=0
for soak in "$@"; do
  watched timeout -k 5 300 node "$soak" || { result=1; echo "FAIL  $soak"; }
done
nothing_left || result=1
exit "$result"
