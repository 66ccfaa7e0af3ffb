#!/bin/bash
# Tests this checkout on a fresh Debian 13: installs one below the folder $1 with debootstrap (and keeps it for the next
# run), then does there what a new user would do: `make run`, a sign-in with curl, SIGTERM, `make unit`. It runs in
# separate namespaces, so that no process and no mount is left behind, however it ends. DEBIAN_MIRROR names the mirror;
# the default is the one that this machine's apt uses. DEBIAN13_CXX replaces g++ inside.
set -euo pipefail
cd "$(dirname "$0")/../.."

refuse() {
  echo "make debian13: $*" >&2
  exit 1
}

# The mirror from which apt on this machine installs its release.
mirror_of_this_machine() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v release="$codename" '$1 == release {print $2; exit}'
}

# Installs under another name first, so that an incomplete system is never used.
make_system() {
  local mirror=${DEBIAN_MIRROR:-$(mirror_of_this_machine)}
  [ -n "$mirror" ] || refuse "apt on this machine has no Debian mirror; set DEBIAN_MIRROR"
  rm -rf "$root.new"
  if ! debootstrap --variant=minbase trixie "$root.new" "$mirror" >"$folder/debootstrap.log" 2>&1; then
    tail -n 5 "$folder/debootstrap.log" >&2
    rm -rf "$root.new"
    refuse "debootstrap failed; its output is in $folder/debootstrap.log"
  fi
  mv "$root.new" "$root"
}

# Copies what apt inside needs to reach its mirror: the name servers and the proxies of this machine.
share_network() {
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump | grep -iE '^Acquire::[a-z:./0-9_-]*Proxy' >"$root/etc/apt/apt.conf.d/90-proxies" || true
}

copy_checkout() {
  rm -rf "$root/src"
  mkdir "$root/src"
  git -c safe.directory='*' ls-files -z | tar --null -T - -cf - | tar -xf - -C "$root/src"
}

# --- Inside ---------------------------------------------------------------------------------------------------------------

inside() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${DEBIAN13_CXX:+CXX="$DEBIAN13_CXX"} "$@"
}

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
    inside curl -sS --fail-with-body -X POST "$1/api/auth/$route" -H 'Content-Type: application/json' -d "$account" |
      grep -q '"accessToken"' || return 1
  done
}

run_and_sign_in() {
  rm -f "$root"/src/auth.db*
  inside make -C /src run RUN_OPTIONS='--listen 127.0.0.1:0' >"$log" 2>&1 &
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
  log=$folder/make-run.log
  inside sh -c 'command -v curl >/dev/null && command -v make >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends make curl; }' >"$folder/apt.log" 2>&1 ||
    refuse "apt failed inside; its output is in $folder/apt.log"
  run_and_sign_in
  inside make -C /src unit
  echo "make debian13: $(inside sh -c '. /etc/os-release; g++ -dumpfullversion | sed "s/^/$PRETTY_NAME, g++ /"'): ok"
}

# --- Outside --------------------------------------------------------------------------------------------------------------

check_rights() {
  [ "$(id -u)" = 0 ] || refuse "must be root, for chroot and mount"
  for command in debootstrap unshare setpriv; do
    command -v "$command" >/dev/null || refuse "$command is missing (it is in Debian's packages debootstrap and util-linux)"
  done
  unshare --mount --pid --fork true 2>/dev/null || refuse "this system (a container?) does not allow new namespaces"
}

[ $# -ge 1 ] || refuse "name the folder for the system"
[ "${2:-}" = inside ] || check_rights
mkdir -p "$1"
folder=$(realpath "$1")
root=$folder/root

if [ "${2:-}" = inside ]; then
  [ -x "$root/usr/bin/apt-get" ] || make_system
  share_network
  copy_checkout
  work_inside
  exit
fi

exec 9>"$folder/lock"
flock -n 9 || refuse "another run works in $folder"

# When the first process of the inner namespace ends, all others and all mounts of it end too; it ends with this one.
env --default-signal=INT,TERM setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc \
  "$0" "$folder" inside 9>&- &
inner=$!
trap 'kill -KILL "$inner" 2>/dev/null; wait "$inner" 2>/dev/null; echo "make debian13: interrupted" >&2; exit 130' INT TERM HUP
wait "$inner"
