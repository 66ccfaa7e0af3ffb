#!/bin/sh
# Which of the named Debian packages are missing: `packages.sh require NAME...` says so and fails, `packages.sh install
# NAME...` installs them. Neither does anything where all are installed. Without dpkg `require` checks nothing.
set -eu
what=$1
shift

command -v dpkg-query >/dev/null || [ "$what" = install ] || exit 0
missing=""
for package in "$@"; do
  case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

if [ "$what" = require ]; then
  {
    printf 'missing: %s\n' $missing
    echo "To install:"
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends$missing"
  } >&2
  exit 1
fi

if [ "$(id -u)" = 0 ]; then root=""; else root=sudo; fi
served=$(systemctl is-active caddy.service 2>/dev/null || true)
echo "installing:$missing"
$root apt-get update -q
$root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing

# Debian's caddy starts a service on port 80. The tests start it by themselves, on a port of the system's choice.
if [ "$served" != active ] && [ -d /run/systemd/system ]; then
  case "$missing " in
    *" caddy "*) $root systemctl disable --now caddy.service ;;
  esac
fi
