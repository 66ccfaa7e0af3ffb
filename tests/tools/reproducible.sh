#!/bin/bash
# Builds the commit that is checked out twice, from nothing, in two folders below FOLDER whose names differ in length, and
# compares the program and the libraries byte by byte: reproducible.sh FOLDER.
set -euo pipefail
cd "$(dirname "$0")/../.."
rm -rf "$1"
mkdir -p "$1"
folder=$(realpath "$1")
first=$folder/one
second=$folder/elsewhere/two
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'

for copy in "$first" "$second"; do
  git clone -q --no-hardlinks . "$copy"
done
LC_ALL=C TZ=UTC make -C "$first" BUILD=build all library
(umask 077 && LC_ALL=C.UTF-8 TZ=Asia/Tokyo make -C "$second" BUILD=build all library)

differing=0
for file in auth-server $(cd "$first/build" && ls libglitch_auth*); do
  if cmp "$first/build/$file" "$second/build/$file"; then
    (cd "$first/build" && sha256sum "$file")
  else
    differing=$((differing + 1))
  fi
done
[ "$differing" = 0 ] || { echo "make reproducible: $differing files differ; both builds are in $folder" >&2; exit 1; }
rm -rf "$folder"
echo "make reproducible: two clean builds in two folders are the same: ok"
