#!/bin/sh
# Checks the layering rules (README, "Layout"): which folder may include which other folder, and which library.
# With `graph` as argument it prints the include graph instead: folders, arrows, and arrows that point upward.
set -eu
cd "$(dirname "$0")/../.."
failed=0

sources=$(git ls-files --cached --others --exclude-standard '*.h' '*.cpp' | grep -vE '^tests/' | while read -r file; do [ ! -f "$file" ] || echo "$file"; done)
[ -n "$sources" ] || { echo "no sources found" >&2; exit 1; }
in_folder() { echo "$sources" | grep -E "^$1/"; }

# ---- Layers ----------------------------------------------------------------------------------------------------------
# All folders, from bottom to top: each may include itself and the folders before it in this list.
layers='engine/sync engine/text engine engine/passwords engine/tokens engine/sessions engine/core
store store/memory store/sqlite
web/http web/connection web/api/rate_limit web/api web/embed
web/config web/metrics web/serve web/doctor web/stub web/cli
.'
# The headers directly in engine/ and store/, and web/api/api.h, are public: any folder of their library may include them. The sources
# directly in engine/ and store/ may include any folder of their library.

# "<file> <included file>" for every project include. Public headers include each other relatively.
includes=$(echo "$sources" | xargs grep -HoE '^#include "[^"]+"' | sed -E 's/^([^:]+):#include "([^"]+)"/\1 \2/' |
  awk '{ folder = $1; sub(/\/[^\/]*$/, "", folder)
         if ($2 !~ /\//) $2 = folder "/" $2
         if ($2 ~ /^\.\.\//) { while (sub(/^\.\.\//, "", $2)) if (!sub(/\/[^\/]*$/, "", folder)) folder = ""; if (folder != "") $2 = folder "/" $2 }
         print }')

graph() {
  echo "$includes" | awk -v layers="$layers" '
    function layer(file,  folder) {
      folder = file ~ /\// ? substr(file, 1, match(file, /\/[^\/]*$/) - 1) : "."
      return folder == "web/api/handlers" ? "web/api" : folder  # the rows of its table, and what they call
    }
    BEGIN { count = split(layers, order, /[ \n]+/); for (i = 1; i <= count; ++i) rank[order[i]] = i }
    {
      from = layer($1); to = layer($2)
      if (from == to) next
      seen[from] = seen[to] = 1
      ++arrows[from " -> " to]
      publicHeader = ((to == "engine" || to == "store") && from ~ "^" to) || (from ~ "^web/api" && $2 == "web/api/api.h")
      ownSource = (from == "engine" || from == "store") && $1 ~ /\.cpp$/ && to ~ "^" from
      if (!(from in rank) || !(to in rank)) print "unknown folder: " $1 " includes " $2
      else if (rank[to] > rank[from] && !publicHeader && !ownSource) { print "upward: " $1 " includes " $2; ++upward }
    }
    END {
      for (arrow in arrows) print "arrow: " arrow " (" arrows[arrow] ")"
      for (name in seen) ++folderCount
      for (arrow in arrows) ++arrowCount
      print "folders: " folderCount ", arrows: " arrowCount ", upward includes: " upward + 0
    }' | sort
}
if [ "${1:-}" = graph ]; then
  graph
  exit
fi
strays=$(graph | grep -E '^(unknown folder|upward)' || true)
[ -z "$strays" ] || { echo "$strays" >&2; failed=1; }

# refuse RULE PATTERN FILES...: fails if a line of the files matches.
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
library_half=$(in_folder 'web/(http|connection|api|embed)')

# ---- Folders ---------------------------------------------------------------------------------------------------------
internal=$(echo "$includes" | awk -v public='^((engine|store|web/embed)/[^/]*|web/api/(api|mount))\\.h$' '$1 ~ public && $2 !~ public')
[ -z "$internal" ] || { echo "a public header includes an internal one: $internal" >&2; failed=1; }
refuse "public headers include each other relatively" '#include "(engine|store|web)/' \
  $(echo "$sources" | grep -E '^((engine|store|web/embed)/[^/]*|web/api/(api|mount))\.h$')
refuse "engine/ includes neither store/ nor web/ nor tests/" '#include "(store|web|tests)/' $engine
refuse "store/ includes neither web/ nor tests/" '#include "(web|tests)/' $store
refuse "store/ includes the engine's ports, types, locks and text kit only" \
  '#include "engine/((core|sessions|tokens|passwords)/|(engine|accounts|secret|random)\.h)' $store
refuse "web/ does not include tests/" '#include "tests/' $web
refuse "in web/ only embed/ includes store/" '#include "store/' $(echo "$web" | grep -v '^web/embed/')
refuse "the library half of web/ does not include the program half" \
  '#include "web/(config|serve|cli|doctor|stub|metrics)/' $library_half
refuse "a request is parsed by the connection layer, not by cpp-httplib" '#include <httplib\.h>' \
  $(echo "$web" | grep -vE '^web/(api/(mount|httplib_bridge)\.|embed/auth\.cpp|doctor/|serve/build_info\.)')
loose=$(echo "$sources" | grep -E '^web/[^/]*$' || true)
[ -z "$loose" ] || { echo "no file lies directly in web/: $loose" >&2; failed=1; }

# ---- Libraries -------------------------------------------------------------------------------------------------------
refuse "engine/ uses no HTTP and no SQL library" '#include <(httplib|SQLiteCpp|sqlite3|CLI/)' $engine
refuse "in engine/ picojson is for access tokens only" '#include <picojson' $(echo "$engine" | grep -vE '/(access_token|jwt_payload)\.')
refuse "engine/ does not read the environment" '\b(getenv|secure_getenv)\b' $engine
refuse "locks are those of engine/sync, which the compiler can check" '#include <(mutex|shared_mutex|condition_variable)>' \
  $(echo "$sources" | grep -v '^engine/sync/')
refuse "engine/ has one clock" 'system_clock::now|steady_clock::now' $(echo "$engine" | grep -v '/clock\.cpp')
refuse "store/ uses no HTTP" '#include <(httplib|picojson)' $store
refuse "web/ uses no SQL" '#include <(SQLiteCpp|sqlite3)' $web
refuse "OpenSSL in web/ is for TLS only" '#include <openssl/' $(echo "$web" | grep -vE 'tls|transport')
refuse "only engine/ uses libcrypt" '#include <crypt\.h>' $store $web
refuse "no regular expressions on input from clients" '#include <regex>|std::regex' $sources
refuse "a transaction is IMMEDIATE" 'SQLite::Transaction' $store

[ "$failed" = 0 ] && echo "include rules: ok"
exit "$failed"
