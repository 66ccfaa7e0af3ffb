#!/bin/sh
# Every header compiles alone: it includes what it uses. A header that its own source includes before anything else is
# compiled alone whenever that source is; the others are compiled here. CXX and FLAGS are the compiler's.
set -eu
cd "$(dirname "$0")/../.."
export CXX FLAGS

for header in $(tests/tools/sources.sh 'engine/*.h' 'store/*.h' 'web/*.h' 'tests/*.h'); do
  # Sources of tests do not count: tests/catch.h is included before everything in them.
  source=${header%.h}.cpp
  case "$header" in tests/*) source="" ;; esac
  [ -f "$source" ] && [ "$(grep -m 1 '^#include' "$source")" = "#include \"$header\"" ] || echo "$header"
done | xargs -P "$(nproc)" -I{} sh -c 'echo "#include \"$1\"" | $CXX $FLAGS -fsyntax-only -x c++ - || { echo "  ^ $1 does not compile alone" >&2; exit 255; }' header {}
echo "headers alone: ok"
