#!/bin/sh
# Measures the executable named by AUTH_SERVER and prints a table. With names of rows (rows/*.mjs) as arguments it
# measures only those. BENCH_SECONDS (3) is the duration of one run, BENCH_ROUNDS (5) the number of runs. The programs
# beside this script are built against the libraries beside the executable, with CXX, FLAGS and LIBS if set.
set -eu
: "${AUTH_SERVER:?must name the executable to measure}"
AUTH_SERVER=$(realpath "$AUTH_SERVER")
export AUTH_SERVER
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
PATH=$PATH:/usr/sbin  # nginx

# ---- The programs ----------------------------------------------------------------------------------------------------
libraries=$(dirname "$AUTH_SERVER")
BENCH_PROGRAMS=$libraries/bench
export BENCH_PROGRAMS
mkdir -p "$BENCH_PROGRAMS"

FLAGS=${FLAGS-$(pkg-config --cflags cpp-httplib)}
LIBS=${LIBS-$(pkg-config --libs cpp-httplib) -lssl -lSQLiteCpp -lsqlite3 -lcrypto -lcrypt}

# program NAME SOURCES LIBRARIES...: builds it if one of its sources or libraries is newer.
program() {
  name=$1 sources=$2
  shift 2
  newer=$(find tests/bench/*.cpp tests/bench/*.h "$libraries"/lib*.a -newer "$BENCH_PROGRAMS/$name" 2>/dev/null || echo new)
  [ -n "$newer" ] || return 0
  echo "building $name" >&2
  # shellcheck disable=SC2086
  ${CXX:-g++} -std=c++20 -O2 -g -Wall -Wextra -Wpedantic -Wconversion -Wshadow -pthread -I. $FLAGS \
    $sources "$@" -o "$BENCH_PROGRAMS/$name" || rm -f "$BENCH_PROGRAMS/$name"
}
server_libraries="$libraries/libweb.a $libraries/libglitch_auth_store.a $libraries/libglitch_auth_engine.a
  $LIBS"
client=tests/bench/http_client.cpp
program load "tests/bench/load.cpp $client"
program stream_load "tests/bench/stream_load.cpp $client"
program bare_bcrypt tests/bench/bare_bcrypt.cpp -lcrypt
program common_passwords tests/bench/common_passwords.cpp "$libraries/libglitch_auth_engine.a" -lcrypto -lcrypt
# shellcheck disable=SC2086
program stock_httplib "tests/bench/stock_httplib.cpp tests/bench/served_api.cpp" $server_libraries
# shellcheck disable=SC2086
program bench_server "tests/bench/bench_server.cpp tests/bench/served_api.cpp" $server_libraries

# ---- The alternatives --------------------------------------------------------------------------------------------------
# npm runs only after a change of the lock file. better-sqlite3 is compiled if there is no binary of it, with the headers
# of the installed node if it has them. Without it the other rows are measured anyway.
(
  cd tests/bench/node
  cmp -s package-lock.json node_modules/installed-lock.json && exit 0
  echo "installing npm packages (better-sqlite3 may take minutes to compile)" >&2
  prefix=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
  [ ! -e "$prefix/include/node/node.h" ] || export npm_config_nodedir="$prefix"
  npm ci --silent && cp package-lock.json node_modules/installed-lock.json
) || echo "the npm packages could not be installed" >&2

# ---- The measuring ---------------------------------------------------------------------------------------------------
TMPDIR=$(mktemp -d)
export TMPDIR
runner=""
end_all() {
  if [ -n "$runner" ]; then
    kill "$runner" 2>/dev/null || true
    wait "$runner" || true
  fi
  rm -rf "$TMPDIR"
}
trap end_all EXIT
trap 'exit 130' INT TERM
result=0
# In the background, because a shell that waits for a foreground command does not handle signals.
node "$here/bench.mjs" "$@" &
runner=$!
wait "$runner" || result=$?
runner=""
exit "$result"
