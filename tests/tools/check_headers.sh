#!/bin/sh
# Checks that every header compiles alone. A header that its own source includes first is compiled alone with that
# source; the others are compiled here, except those of the examples, which need the installed library
# (tests/e2e/embedding.test.mjs builds them). CXX is the compiler, FLAGS are its flags.
set -eu
cd "$(dirname "$0")/../.."
export CXX FLAGS

for header in $(tests/tools/sources.sh 'engine/*.h' 'store/*.h' 'web/*.h' 'tests/*.h'); do
  # Sources of tests do not count, since they include tests/catch.h first.
  source=${header%.h}.cpp
  case "$header" in tests/examples/*) continue ;; tests/*) source="" ;; esac
  [ -f "$source" ] && [ "$(grep -m 1 '^#include' "$source")" = "#include \"$header\"" ] || echo "$header"
done | xargs -P "$(nproc)" -I{} sh -c 'echo "#include \"$1\"" | $CXX $FLAGS -fsyntax-only -x c++ - || { echo "  ^ $1 does not compile alone" >&2; exit 255; }' header {}
echo "headers alone: ok"
