#!/bin/sh
# Checks with clang's thread-safety analysis that every use of a guarded member holds its lock, and that clang has no
# other warning. FLAGS and WARNINGS are for the compiler, KEPT is the folder for passed results, VERSIONS names the
# libraries.
set -eu
cd "$(dirname "$0")/../.."
: "${KEPT:?}" "${FLAGS:?}" "${WARNINGS:?}" "${VERSIONS:?}"
mkdir -p "$KEPT"
compile() { eval "clang++-14 $FLAGS" '"$@"'; }

sources=$(tests/tools/sources.sh 'engine/*.cpp' 'store/*.cpp' 'web/*.cpp' '*.cpp' ':!tests')

# System headers that several files include are parsed once.
common=$KEPT/system_headers
{
  echo "// $VERSIONS"
  grep -hoE '^#include <[^>]+>' $(tests/tools/sources.sh 'engine/*' 'store/*' 'web/*') | sort | uniq -c | awk '$1 > 2 {print $2, $3}'
} >"$common.new"
if ! cmp -s "$common.new" "$common.h" || ! compile -include-pch "$common.pch" -fsyntax-only -x c++ /dev/null 2>/dev/null; then
  mv "$common.new" "$common.h"
  compile -x c++-header "$common.h" -o "$common.pch"
fi

# Checks first that the analysis finds an error.
lapse='#include "engine/sync/mutex.h"
struct Count { glitch_protocol::Mutex mutex; int value GUARDED_BY(mutex) = 0; };
int peek(const Count& count) { return count.value; }'
if echo "$lapse" | compile -Wthread-safety -Werror -fsyntax-only -x c++ - 2>/dev/null; then
  echo "clang++-14 does not see an access without its lock" >&2
  exit 1
fi

eval "set -- $FLAGS $WARNINGS"
echo "$sources" | tests/tools/each_source.py --kept "$KEPT" --also "$(cat "$common.h")" -- \
  clang++-14 "$@" -include-pch "$common.pch" -Wthread-safety -Wreserved-identifier -Werror -fsyntax-only {}
