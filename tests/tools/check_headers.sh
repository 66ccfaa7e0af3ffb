#!/bin/sh
# Every header compiles alone: it includes what it uses.
set -eu
cd "$(dirname "$0")/../.."
export CXX FLAGS
git ls-files --cached --others --exclude-standard 'engine/*.h' 'store/*.h' 'web/*.h' 'tests/*.h' |
  xargs -P "$(nproc)" -I{} sh -c 'echo "#include \"$1\"" | $CXX $FLAGS -fsyntax-only -x c++ - || { echo "  ^ $1 does not compile alone" >&2; exit 255; }' header {}
echo "headers alone: ok"
