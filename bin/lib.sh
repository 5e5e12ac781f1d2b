# Shared by bin/demo and bin/test: Debian packages and the virtual environment.

run_packages() {
  if [ -z "$(find_python)" ]; then echo python3 python3-venv; elif ! has_venv; then echo python3-venv; fi
  echo libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-inter
}

find_python() {
  for candidate in /usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
}

has_venv() { "$(find_python)" -c 'import ensurepip, venv' 2>/dev/null; }

missing_packages() {
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

# Installs the Debian packages that are missing, where it may; otherwise prints the command.
ensure_apt() {
  local why="$1" missing sudo=""
  shift
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian-like system. Install the equivalents of ($why): $*" >&2
    return 0
  fi
  missing="$(missing_packages "$@" | tr '\n' ' ')"
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then sudo="sudo"; else
      echo "Missing ($why). To install: sudo apt-get install --no-install-recommends $missing" >&2
      return 0
    fi
  fi
  echo "installing $missing"
  if ! { $sudo apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends $missing; } \
    >/tmp/ksefapp-apt.$$.log 2>&1; then
    tail -n 5 /tmp/ksefapp-apt.$$.log >&2
    echo "apt could not install: $missing" >&2
  fi
  rm -f /tmp/ksefapp-apt.$$.log
}

# Makes .venv and installs the given requirement files with hashes; nothing when unchanged.
ensure_venv() {
  local python stamp wanted
  python="$(find_python)"
  [ -n "$python" ] || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv" >&2; exit 1; }
  if [ ! -x .venv/bin/python ]; then
    has_venv || { echo "python3-venv is needed: apt-get install python3-venv" >&2; exit 1; }
    "$python" -m venv .venv
  fi
  local names=() file
  for file in "$@"; do names+=(-r "$file"); done
  wanted="$(cat "$@" | sha256sum)"
  stamp=".venv/.installed-$(echo "$*" | tr -c 'a-z0-9\n' '-')"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    echo "installing the Python packages"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-compile \
      --require-hashes --only-binary=:all: "${names[@]}"
    echo "$wanted" >"$stamp"
  fi
}
