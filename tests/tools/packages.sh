#!/bin/sh
# Finds the named Debian packages that are missing: `packages.sh require NAME...` prints them and fails, `packages.sh
# install NAME...` installs them. Both do nothing if all are installed. Without dpkg `require` checks nothing.
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

# Debian's caddy starts a service on port 80, which the tests do not need: they start caddy themselves, on any free
# port.
if [ "$served" != active ] && [ -d /run/systemd/system ]; then
  case "$missing " in
    *" caddy "*) $root systemctl disable --now caddy.service ;;
  esac
fi
