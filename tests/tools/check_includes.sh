#!/bin/sh
# The include table of the house: which folder may know of which neighbour and library.
set -eu
cd "$(dirname "$0")/../.."
failed=0

# refuse WHY PATTERN FILES...: no line of the files may match.
refuse() {
  why=$1 pattern=$2
  shift 2
  if grep -nE "$pattern" "$@" /dev/null; then
    echo "  ^ $why" >&2
    failed=1
  fi
}

engine=$(git ls-files --cached --others --exclude-standard 'engine/*.h' 'engine/*.cpp')
store=$(git ls-files --cached --others --exclude-standard 'store/*.h' 'store/*.cpp')
web=$(git ls-files --cached --others --exclude-standard 'web/*.h' 'web/*.cpp')
[ -n "$engine" ] && [ -n "$store" ] && [ -n "$web" ] || { echo "no sources found" >&2; exit 1; }

refuse "engine/ knows neither store/ nor web/ nor tests/" '#include "(store|web|tests)/' $engine
refuse "engine/ knows no HTTP and no SQL library" '#include <(httplib|SQLiteCpp|sqlite3|CLI/)' $engine
refuse "picojson is for access tokens only" '#include <picojson' $(echo "$engine" | grep -vE '/(access_token|jwt_payload)\.')
refuse "engine/ does not read the environment" '\b(getenv|secure_getenv)\b' $engine
refuse "engine/ has one clock" 'system_clock::now|steady_clock::now' $(echo "$engine" | grep -v '/clock\.cpp')
refuse "store/ knows the engine's ports only" \
  '#include "engine/(engine|accounts|access_token|refresh_token|rotation|sessions|password|bcrypt|hmac|secret|random)[a-z_]*\.h"' $store
refuse "store/ knows neither web/ nor tests/" '#include "(web|tests)/' $store
refuse "store/ knows no HTTP" '#include <(httplib|picojson)' $store
refuse "web/ knows neither store/ nor tests/" '#include "(store|tests)/' $web
refuse "web/ knows no SQL" '#include <(SQLiteCpp|sqlite3)' $web
refuse "OpenSSL in web/ is for TLS only" '#include <openssl/' $(echo "$web" | grep -vE 'tls|transport')
refuse "libcrypt is the engine's" '#include <crypt\.h>' $store $web
refuse "no regular expressions over what a client sends" '#include <regex>|std::regex' $engine $store $web main.cpp
refuse "a transaction is IMMEDIATE" 'SQLite::Transaction' $store

[ "$failed" = 0 ] && echo "include table: ok"
exit "$failed"
