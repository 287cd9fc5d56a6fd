#!/usr/bin/env bash
# Installs what tests on a real Kafka broker need, where it is missing and that can be done (on Debian, as
# root): a Java runtime, and Maven, which brings the broker's jars. Elsewhere those tests say that they are
# skipped.
set -euo pipefail
has() { command -v "$1" >/dev/null; }

if has java && has mvn && has setpriv; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! has apt-get; then
  echo "Java or Maven is not installed: Kafka's tests will be skipped" >&2
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
apt=(apt-get --quiet --yes -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
# A list that cannot be fetched anew may still do.
"${apt[@]}" update || true
"${apt[@]}" install --no-install-recommends default-jre-headless maven util-linux ca-certificates ||
  echo "Java and Maven cannot be installed: Kafka's tests will be skipped" >&2
