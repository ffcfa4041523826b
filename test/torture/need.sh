#!/usr/bin/env bash
# Makes sure of what the torture's databases need: MariaDB, unless TEST_MYSQL_SERVER or
# DB=mysql names another server, and libfaketime, which sets their clocks. Root gets
# both from apt. Without libfaketime the torture goes on and says what it leaves out.
set -Eeuo pipefail
cd "$(dirname "$0")/../.."

if [[ -z ${TEST_MYSQL_SERVER-} && ${DB-} != mysql ]] && ! command -v mariadbd mysqld >/dev/null; then
	go run ./app/internal/platform/dbtest/withmysql -- true
fi
for pattern in '/usr/lib/*/faketime' '/usr/lib/faketime' '/usr/lib64/faketime' '/usr/local/lib/faketime'; do
	if compgen -G "$pattern/libfaketimeMT.so.1" >/dev/null; then
		exit 0
	fi
done
if [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
	bash tools/apt.sh faketime || echo "libfaketime cannot be installed: clocks are left alone" >&2
fi
