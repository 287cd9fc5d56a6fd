#!/usr/bin/env bash
# Installs what the tests on a real Kafka broker need on Debian: a Java runtime, and Maven, which
# brings the broker's jars. Without them those tests say that they are skipped, and pass.
set -euo pipefail
command -v java >/dev/null && command -v mvn >/dev/null && command -v setpriv >/dev/null && exit 0
run=()
[ "$(id -u)" -eq 0 ] || run=(sudo)
"${run[@]}" apt-get update -q
"${run[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends default-jre-headless maven util-linux ca-certificates
