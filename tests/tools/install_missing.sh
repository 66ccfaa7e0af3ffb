#!/bin/sh
# Installs those of the named Debian packages that are not there. Asks nobody where all are.
set -eu
missing=""
for package in "$@"; do
  case "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)" in
    ii*) ;;
    *) missing="$missing $package" ;;
  esac
done
[ -n "$missing" ] || exit 0

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
