#!/bin/bash
# Builds the Debian packages on Debian 12 and 13 and tests them on fresh systems: install, sign in, upgrade, downgrade, remove,
# purge. The systems are below the folder $1 and are kept, except for those on which the packages are tested.
# `packages_test.sh FOLDER bookworm` tests only that release. No init runs in a chroot, so the script starts the server itself,
# as the user of the service. It runs in separate namespaces, so that no process and no mount is left behind, however it ends.
set -euo pipefail
cd "$(dirname "$0")/../.."
title="make test-deb"
. tests/tools/debian_chroot.sh
unset MAKEFLAGS MAKELEVEL MFLAGS

account='{"email": "ada@example.org", "password": "correct horse battery", "delivery": "body"}'
configuration=/etc/auth-server/auth.conf
data=/var/lib/auth-server

holds() { # holds CLAIM COMMAND...: the command succeeds
  local claim=$1
  shift
  "$@" || refuse "$release: not true: $claim"
  echo "  $release: $claim"
}
fails() { ! "$@"; }
quiet() { "$@" >"$folder/$release/last.log" 2>&1 || { tail -n 20 "$folder/$release/last.log"; return 1; }; }

# ---- Building --------------------------------------------------------------------------------------------------------

# Builds in $packages the packages and a newer version of them: here if the release is that of this machine, otherwise in a
# system of its own.
build() {
  local builder=$folder/$release/builder
  packages=$folder/$release/packages
  rm -rf "$packages"
  mkdir "$packages"
  if [ "$release" = "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" ]; then
    holds "make deb builds packages of which lintian has nothing to say" quiet make deb DEB="$packages"
    make_newer "$packages"/auth-server_*.deb
    return
  fi
  if [ ! -d "$builder" ]; then
    cp -a "$folder/$release/base" "$builder.new"
    mount -t proc proc "$builder.new/proc"
    quiet inside "$builder.new" sh -c 'apt-get update -q && apt-get install -qy --no-install-recommends make git curl ca-certificates'
    umount "$builder.new/proc"
    mv "$builder.new" "$builder"
  fi
  mount -t proc proc "$builder/proc"
  copy_checkout "$builder"
  git -c safe.directory='*' log -1 --format=%ct >"$folder/time"
  # git ls-files needs a repository, which an unpacked archive is not.
  quiet inside "$builder" git -C /src init -q
  holds "make deb builds packages of which lintian has nothing to say" \
    quiet inside "$builder" env SOURCE_DATE_EPOCH="$(cat "$folder/time")" make -C /src deb
  cp "$builder"/src/build/deb/*.deb "$packages/"
  umount "$builder/proc"
  make_newer "$packages"/auth-server_*.deb
}

# Makes the same package with a later version and a changed configuration.
make_newer() {
  local unpacked=$folder/$release/unpacked
  rm -rf "$unpacked"
  dpkg-deb -R "$1" "$unpacked"
  sed -i 's/^Version: .*/Version: 999/' "$unpacked/DEBIAN/control"
  echo '# A line of the new version.' >>"$unpacked$configuration"
  dpkg-deb --root-owner-group -b "$unpacked" "$packages/newer.deb" >/dev/null
  rm -rf "$unpacked"
}

# ---- Trying ----------------------------------------------------------------------------------------------------------

on() { inside "$try" "$@"; }
install_version() { quiet on sh -c "apt-get install -qy --no-install-recommends --allow-downgrades $2 /packages/$1"; }
as_service() { on runuser -u auth-server -- auth-server --config "$configuration" "$@"; }
owner_of() { on stat -c '%U:%G %a' "$1"; }

# serve_and COMMAND: starts the server as its user, runs the command with the address in $address, and stops the server.
serve_and() {
  local log=$folder/$release/server.log result=0
  as_service --listen 127.0.0.1:0 >"$log" 2>&1 &
  local server=$!
  until address=$(grep -oE -m1 'http://127\.0\.0\.1:[0-9]+$' "$log"); do
    kill -0 "$server" 2>/dev/null || { cat "$log"; return 1; }
    sleep 0.1
  done
  "$@" || result=1
  kill -TERM "$(grep -lsx auth-server /proc/[0-9]*/comm | cut -d/ -f3)"
  wait "$server" || result=1
  return "$result"
}
post() { on curl -sS --fail-with-body -X POST "$address/api/auth/$1" -H 'Content-Type: application/json' -d "$account" | grep -q '"accessToken"'; }
register_and_log_in() { post register && post login; }
log_in() { post login; }

# Lists all files except those of apt and dpkg and logs, to show what a package leaves behind.
files() {
  (cd "$try" && find . -xdev \( -path ./proc -o -path ./packages -o -path ./var/lib/dpkg -o -path ./var/lib/apt -o -path ./var/cache \
    -o -path ./var/log -o -path ./var/lib/systemd -o -path ./dev -o -path ./tmp \) -prune -o -print | grep -v -e '/\.pwd\.lock$' -e '^\./etc/[a-z]*-$' | sort)
}

try_packages() {
  local first
  first=$(cd "$packages" && ls auth-server_*.deb)
  try=$folder/$release/try
  rm -rf "$try"
  cp -a "$folder/$release/base" "$try"
  mount -t proc proc "$try/proc"
  cp -r "$packages" "$try/packages"
  # systemd, which the package needs, and curl are not under test.
  quiet on sh -c 'apt-get update -q && apt-get install -qy --no-install-recommends curl ca-certificates systemd'
  files >"$folder/$release/before"

  holds "apt installs the package" install_version "$first" ""
  holds "the service has an account without a shell" test "$(on getent passwd auth-server | cut -d: -f6-)" = "$data:/usr/sbin/nologin"
  holds "only root and the service can read the configuration" \
    test "$(owner_of /etc/auth-server) $(owner_of "$configuration")" = "root:auth-server 750 root:auth-server 640"
  holds "the data are the service's" test "$(owner_of "$data")" = "auth-server:auth-server 750"
  holds "the unit is enabled, the socket is not" on sh -c \
    '[ "$(systemctl is-enabled auth-server.service)" = enabled ] && [ "$(systemctl is-enabled auth-server.socket)" = disabled ]'
  holds "the configuration is good" quiet as_service check-config
  holds "people register and sign in" serve_and register_and_log_in
  holds "commands work on its data" quiet as_service session list ada@example.org

  holds "an upgrade replaces a configuration that nobody has changed" install_version newer.deb ""
  holds "... with the right owner" test "$(owner_of "$configuration")" = "root:auth-server 640"
  holds "... and keeps the data" serve_and log_in
  holds "... and has the new configuration" grep -q 'new version' "$try$configuration"
  holds "a downgrade brings the earlier version back" install_version "$first" ""
  holds "... which keeps the data too" serve_and log_in
  holds "... and has its configuration" fails grep -q 'new version' "$try$configuration"

  sed -i 's/^registration = open/registration = closed/' "$try$configuration"
  holds "an upgrade asks about a configuration that has been changed" on sh -c \
    'echo N | dpkg -i /packages/newer.deb 2>&1 | grep -q "What would you like to do about it"'
  holds "... and keeps it" grep -qx 'registration = closed' "$try$configuration"
  holds "... beside the new one" grep -q 'new version' "$try$configuration.dpkg-dist"
  holds "... readable by the service" test "$(owner_of "$configuration")" = "root:auth-server 640"
  holds "... and the data are kept" serve_and log_in

  holds "the package can be removed" quiet on apt-get remove -qy auth-server
  holds "... with its program" test ! -e "$try/usr/bin/auth-server"
  holds "... not with its data and its configuration" test -e "$try$data/auth.db" -a -e "$try$data/auth.db.secret" -a -e "$try$configuration"
  holds "... which it finds when it is installed again" install_version "$first" "-o Dpkg::Options::=--force-confold"
  holds "... and people sign in" serve_and log_in
  holds "the package can be purged" quiet on apt-get purge -qy auth-server
  files >"$folder/$release/after"
  holds "... and leaves no file behind" diff "$folder/$release/before" "$folder/$release/after"
  umount "$try/proc"
  rm -rf "$try"
}

# ---- The whole --------------------------------------------------------------------------------------------------------

[ $# -ge 1 ] || refuse "name the folder for the systems"
if [ "${2:-}" != inside ]; then
  check_rights
  mkdir -p "$1"
  folder=$(realpath "$1")
  in_namespaces "$folder" "$0" "$folder" inside "${2:-}"
  exit
fi

folder=$1
for release in ${3:-bookworm trixie}; do
  mkdir -p "$folder/$release"
  [ -x "$folder/$release/base/usr/bin/apt-get" ] || make_system "$release" "$folder/$release/base"
  share_network "$folder/$release/base"
  build
  try_packages
done
echo "make test-deb: ok"
