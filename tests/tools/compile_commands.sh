#!/bin/sh
# Prints a compilation database (compile_commands.json) for every source file, with CXX and FLAGS.
set -eu
cd "$(dirname "$0")/../.."
: "${CXX:?names the compiler}" "${FLAGS:?are the flags of every file}"

# As a JSON string.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }

separator='['
git ls-files --cached --others --exclude-standard '*.cpp' | while read -r file; do
  [ -f "$file" ] || continue
  printf '%s\n{"directory": %s, "file": %s, "command": %s}' "$separator" "$(quoted "$PWD")" "$(quoted "$file")" "$(quoted "$CXX $FLAGS -c $file")"
  separator=,
done
printf '\n]\n'
