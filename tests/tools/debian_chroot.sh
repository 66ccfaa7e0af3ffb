# For scripts that work as root in Debian systems installed by debootstrap: `. debian_chroot.sh` after setting `title`, the
# prefix of their messages. DEBIAN_MIRROR names the mirror; the default is the one that this machine's apt uses.

refuse() {
  echo "$title: $*" >&2
  exit 1
}

check_rights() {
  [ "$(id -u)" = 0 ] || refuse "must be root, for chroot and mount"
  for command in debootstrap unshare setpriv; do
    command -v "$command" >/dev/null || refuse "$command is missing (it is in Debian's packages debootstrap and util-linux)"
  done
  unshare --mount --pid --fork true 2>/dev/null || refuse "this system (a container?) does not allow new namespaces"
}

# The mirror from which apt on this machine installs its release.
mirror_of_this_machine() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v release="$codename" '$1 == release {print $2; exit}'
}

# make_system CODENAME ROOT: installs under another name first, so that an incomplete system is never used.
make_system() {
  local mirror=${DEBIAN_MIRROR:-$(mirror_of_this_machine)} log=$(dirname "$2")/debootstrap.log
  [ -n "$mirror" ] || refuse "apt on this machine has no Debian mirror; set DEBIAN_MIRROR"
  rm -rf "$2.new"
  if ! debootstrap --variant=minbase "$1" "$2.new" "$mirror" >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -rf "$2.new"
    refuse "debootstrap failed; its output is in $log"
  fi
  mv "$2.new" "$2"
}

# share_network ROOT: copies what apt inside needs to reach its mirror: the name servers and the proxies of this machine.
share_network() {
  cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
  apt-config dump | grep -iE '^Acquire::[a-z:./0-9_-]*Proxy' >"$1/etc/apt/apt.conf.d/90-proxies" || true
}

# copy_checkout ROOT: copies the files of this checkout, which is the working directory, to ROOT/src.
copy_checkout() {
  rm -rf "$1/src"
  mkdir "$1/src"
  git -c safe.directory='*' ls-files -z | tar --null -T - -cf - | tar -xf - -C "$1/src"
}

# inside ROOT COMMAND...: runs a command there. Of this environment it gets only the proxies and the compiler in CXX_INSIDE.
inside() {
  local root=$1
  shift
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${CXX_INSIDE:+CXX="$CXX_INSIDE"} "$@"
}

# in_namespaces FOLDER SCRIPT ARGUMENT...: runs a script in separate namespaces, one run per folder at a time. When the first
# process of the inner namespace ends, all others and all mounts of it end too; it ends with this one.
in_namespaces() {
  exec 9>"$1/lock"
  flock -n 9 || refuse "another run works in $1"
  shift
  env --default-signal=INT,TERM setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child --mount-proc "$@" 9>&- &
  inner=$!
  trap 'kill -KILL "$inner" 2>/dev/null; wait "$inner" 2>/dev/null; echo "$title: interrupted" >&2; exit 130' INT TERM HUP
  wait "$inner"
}
