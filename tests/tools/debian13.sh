#!/bin/bash
# Tests this checkout on a fresh Debian 13: installs one below the folder $1 with debootstrap (and keeps it for the next
# run), then does there what a new user would do: `make run`, a sign-in with curl, SIGTERM, `make unit`. It runs in
# separate namespaces, so that no process and no mount is left behind, however it ends. debian_chroot.sh says
# what DEBIAN_MIRROR is. DEBIAN13_CXX replaces g++ inside.
set -euo pipefail
cd "$(dirname "$0")/../.."

title="make debian13"
. tests/tools/debian_chroot.sh
CXX_INSIDE=${DEBIAN13_CXX:-}

# Waits until the server prints the address on which it listens, and prints it.
address_of_server() {
  local address
  until address=$(grep -oE -m1 'http://127\.0\.0\.1:[0-9]+$' "$log"); do
    kill -0 "$make" 2>/dev/null || return 1
    sleep 0.2
  done
  echo "$address"
}

# Only processes of this namespace are visible here.
pid_of_server() {
  grep -lsx auth-server /proc/[0-9]*/comm | cut -d/ -f3
}

sign_in() {
  local account='{"email": "ada@example.org", "password": "correct horse battery", "delivery": "body"}'
  for route in register login; do
    inside "$root" curl -sS --fail-with-body -X POST "$1/api/auth/$route" -H 'Content-Type: application/json' -d "$account" |
      grep -q '"accessToken"' || return 1
  done
}

run_and_sign_in() {
  rm -f "$root"/src/auth.db*
  inside "$root" make -C /src run RUN_OPTIONS='--listen 127.0.0.1:0' >"$log" 2>&1 &
  make=$!
  local address
  address=$(address_of_server) || { tail -n 40 "$log"; refuse "make run failed; its output is in $log"; }
  sign_in "$address" || refuse "signing in at $address failed"
  echo "  make run: signed in at $address"
  kill -TERM "$(pid_of_server)"
  wait "$make" || refuse "the server did not stop cleanly on SIGTERM: $(tail -n 5 "$log")"
}

work_inside() {
  mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/pts"
  mount -t devpts -o ptmxmode=0666 devpts "$root/dev/pts"  # for the tests that open a terminal
  log=$folder/make-run.log
  inside "$root" sh -c 'command -v curl >/dev/null && command -v make >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends make curl; }' >"$folder/apt.log" 2>&1 ||
    refuse "apt failed inside; its output is in $folder/apt.log"
  run_and_sign_in
  inside "$root" make -C /src unit
  echo "make debian13: $(inside "$root" sh -c '. /etc/os-release; g++ -dumpfullversion | sed "s|^|$PRETTY_NAME, g++ |"'): ok"
}

[ $# -ge 1 ] || refuse "name the folder for the system"
[ "${2:-}" = inside ] || check_rights
mkdir -p "$1"
folder=$(realpath "$1")
root=$folder/root

if [ "${2:-}" = inside ]; then
  [ -x "$root/usr/bin/apt-get" ] || make_system trixie "$root"
  share_network "$root"
  copy_checkout "$root"
  work_inside
  exit
fi
in_namespaces "$folder" "$0" "$folder" inside
