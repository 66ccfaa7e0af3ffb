#!/bin/sh
# The rules of the house (README, "Layout"): which room may include which other room, and which library.
# With `graph` as argument it prints the include graph instead: rooms, arrows, and arrows that point upward.
set -eu
cd "$(dirname "$0")/../.."
failed=0

sources=$(git ls-files --cached --others --exclude-standard '*.h' '*.cpp' | grep -vE '^tests/' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
[ -n "$sources" ] || { echo "no sources found" >&2; exit 1; }
in_folder() { echo "$sources" | grep -E "^$1/"; }

# ---- Rooms -----------------------------------------------------------------------------------------------------------
# A room is a folder of sources. From bottom to top: a room may include itself and rooms before it in this list.
rooms='engine/sync engine/text engine engine/passwords engine/tokens engine/sessions engine/core
store store/memory store/sqlite
web/http web/connection web/api/rate_limit web/api
web/config web/metrics web/serve web/doctor web/stub web/cli
.'
# The headers directly in engine/ and store/ are public. Their sources are written in terms of the rooms below them; as
# rooms they stand at the top of their library, as headers at its bottom.

# "<file> <included file>" for every project include. Public headers include each other relatively.
includes=$(echo "$sources" | xargs grep -HoE '^#include "[^"]+"' | sed -E 's/^([^:]+):#include "([^"]+)"/\1 \2/' |
  awk '{ if ($2 !~ /\//) { folder = $1; sub(/\/[^\/]*$/, "", folder); $2 = folder "/" $2 } sub(/^(\.\.\/)+/, "", $2); print }')

graph() {
  echo "$includes" | awk -v rooms="$rooms" '
    function room(file,  folder) {
      folder = file ~ /\// ? substr(file, 1, match(file, /\/[^\/]*$/) - 1) : "."
      return folder == "web/api/handlers" ? "web/api" : folder  # the rows of its table, and what they call
    }
    BEGIN { count = split(rooms, order, /[ \n]+/); for (i = 1; i <= count; ++i) rank[order[i]] = i }
    {
      from = room($1); to = room($2)
      if (from == to) next
      seen[from] = seen[to] = 1
      ++arrows[from " -> " to]
      publicHeader = (to == "engine" || to == "store") && from ~ "^" to
      ownSource = (from == "engine" || from == "store") && $1 ~ /\.cpp$/ && to ~ "^" from
      if (!(from in rank) || !(to in rank)) print "unknown room: " $1 " includes " $2
      else if (rank[to] > rank[from] && !publicHeader && !ownSource) { print "upward: " $1 " includes " $2; ++upward }
    }
    END {
      for (arrow in arrows) print "arrow: " arrow " (" arrows[arrow] ")"
      for (name in seen) ++roomCount
      for (arrow in arrows) ++arrowCount
      print "rooms: " roomCount ", arrows: " arrowCount ", upward includes: " upward + 0
    }' | sort
}
if [ "${1:-}" = graph ]; then
  graph
  exit
fi
strays=$(graph | grep -E '^(unknown room|upward)' || true)
[ -z "$strays" ] || { echo "$strays" >&2; failed=1; }

# refuse WHY PATTERN FILES...: no line of the files may match.
refuse() {
  why=$1 pattern=$2
  shift 2
  if grep -nE "$pattern" "$@" /dev/null; then
    echo "  ^ $why" >&2
    failed=1
  fi
}

engine=$(in_folder engine)
store=$(in_folder store)
web=$(in_folder web)
library_half=$(in_folder 'web/(http|connection|api)')

# ---- Folders ---------------------------------------------------------------------------------------------------------
internal=$(echo "$includes" | awk '$1 ~ /^(engine|store)\/[^\/]*\.h$/ && $2 !~ /^(engine|store)\/[^\/]*\.h$/')
[ -z "$internal" ] || { echo "a public header includes an internal one: $internal" >&2; failed=1; }
refuse "engine/ includes neither store/ nor web/ nor tests/" '#include "(store|web|tests)/' $engine
refuse "store/ includes neither web/ nor tests/" '#include "(web|tests)/' $store
refuse "store/ includes the engine's ports, types, locks and text kit only" \
  '#include "engine/((core|sessions|tokens|passwords)/|(engine|accounts|secret|random)\.h)' $store
refuse "web/ includes neither store/ nor tests/" '#include "(store|tests)/' $web
refuse "the library half of web/ does not include the program half" \
  '#include "web/(config|serve|cli|doctor|stub|metrics)/' $library_half
loose=$(echo "$sources" | grep -E '^web/[^/]*$' || true)
[ -z "$loose" ] || { echo "no file lies directly in web/: $loose" >&2; failed=1; }

# ---- Libraries -------------------------------------------------------------------------------------------------------
refuse "engine/ uses no HTTP and no SQL library" '#include <(httplib|SQLiteCpp|sqlite3|CLI/)' $engine
refuse "in engine/ picojson is for access tokens only" '#include <picojson' $(echo "$engine" | grep -vE '/(access_token|jwt_payload)\.')
refuse "engine/ does not read the environment" '\b(getenv|secure_getenv)\b' $engine
refuse "locks are those of engine/sync, whose rules the compiler knows" '#include <(mutex|shared_mutex|condition_variable)>' \
  $(echo "$sources" | grep -v '^engine/sync/')
refuse "engine/ has one clock" 'system_clock::now|steady_clock::now' $(echo "$engine" | grep -v '/clock\.cpp')
refuse "store/ uses no HTTP" '#include <(httplib|picojson)' $store
refuse "web/ uses no SQL" '#include <(SQLiteCpp|sqlite3)' $web
refuse "OpenSSL in web/ is for TLS only" '#include <openssl/' $(echo "$web" | grep -vE 'tls|transport')
refuse "libcrypt is the engine's" '#include <crypt\.h>' $store $web
refuse "no regular expressions over what a client sends" '#include <regex>|std::regex' $sources
refuse "a transaction is IMMEDIATE" 'SQLite::Transaction' $store

[ "$failed" = 0 ] && echo "include rules: ok"
exit "$failed"
