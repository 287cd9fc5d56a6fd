#!/usr/bin/env bash
# Installs the PostgreSQL server that tests start for themselves, where it is missing and that can be
# done: on Debian, as root. Elsewhere those tests say that they are skipped.
set -euo pipefail

# Debian keeps the server's programs out of PATH.
if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "PostgreSQL is not installed: its tests will be skipped" >&2
  exit 0
fi

# The package would make a cluster for the whole machine, and start it.
settings=/etc/postgresql-common/createcluster.conf
if [ ! -e "$settings" ]; then
  mkdir -p "$(dirname "$settings")"
  echo 'create_main_cluster = false' >"$settings"
fi

export DEBIAN_FRONTEND=noninteractive
apt=(apt-get --quiet --yes -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Options::=--force-confold)
# A list that cannot be fetched anew may still do.
"${apt[@]}" update || true
"${apt[@]}" install --no-install-recommends postgresql ||
  echo "PostgreSQL cannot be installed: its tests will be skipped" >&2
