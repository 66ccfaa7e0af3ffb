#!/bin/bash
# Builds the Debian packages of this checkout and lets lintian look at them: deb.sh FOLDER VERSION COMMIT. The packages are then
# in FOLDER, and what the build said in FOLDER/build.log. The time of the changelog is SOURCE_DATE_EPOCH, or that of the commit.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p "$1"
folder=$(realpath "$1")
version=$2
commit=$3
source=$folder/auth-server-$version

# The Changes chapter of the README is the only changelog; this is its part about the version.
changelog() {
  local seconds=${SOURCE_DATE_EPOCH:-$(git -c safe.directory='*' log -1 --format=%ct 2>/dev/null || date +%s)}
  printf 'auth-server (%s) unstable; urgency=medium\n\n' "$version"
  sed -n "/^## Changes/,\$ { /^\*\*$version\*\*/,/^\*\*[0-9]/p }" README.md |
    awk '/^- / { if (item) print item; item = substr($0, 3) } /^  / { item = item " " substr($0, 3) } END { print item }' |
    while read -r item; do fold -s -w 72 <<<"$item" | sed 's/ *$//; 1s/^/  * /; 2,$s/^/    /'; done
  printf '\n -- the auth-server authors <auth-server@packages.invalid>  %s\n' "$(LC_ALL=C date -u -R -d "@$seconds")"
}

rm -rf "$folder"/auth-server-* "$folder"/*.deb "$folder"/*.buildinfo "$folder"/*.changes
mkdir "$source"
git -c safe.directory='*' ls-files -z --cached --others --exclude-standard | tar --null -T - -cf - | tar -xf - -C "$source"
cp -r "$source/.packaging/debian" "$source/debian"
changelog >"$source/debian/changelog"
echo "$commit" >"$source/debian/commit"

unset MAKEFLAGS MAKELEVEL MFLAGS
if ! (cd "$source" && dpkg-buildpackage -b -us -uc -j"$(nproc)") >"$folder/build.log" 2>&1; then
  tail -n 30 "$folder/build.log" >&2
  echo "make deb: failed; all that it said is in $folder/build.log" >&2
  exit 1
fi
rm -rf "$source"
lintian --fail-on error,warning --info "$folder"/*.changes
ls -l "$folder"/*.deb | awk '{print "  " $5, $9}'
