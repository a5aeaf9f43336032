#!/bin/sh
# Start brat's own server on this machine, with the articles below its directory "data".
#
# usage: sh start-brat.sh BRAT [PORT]
#
#   BRAT   brat's directory, a copy of https://github.com/nlplab/brat. Articles and their
#          annotation.conf have to lie in BRAT/data: brat looks for its configuration nowhere else.
#   PORT   default: 8001
#
# Variables:
#
#   PYTHON    Python 3.10 or older (default: python3.10); brat uses what later versions do not have
#   ANNOTATORS  who may annotate, as NAME:PASSWORD, several with spaces between them
#               (default: annotator:annotator); only used while BRAT has no config.py
#   HOST      the address to listen at (default: 127.0.0.1, this machine only)
set -eu

refuse() {
    echo "start-brat: $1" >&2
    exit 1
}

[ $# -ge 1 ] || refuse "usage: sh start-brat.sh BRAT [PORT]"
brat=$1 port=${2:-8001}
python=${PYTHON:-python3.10} host=${HOST:-127.0.0.1}
export ANNOTATORS="${ANNOTATORS:-annotator:annotator}"

[ -f "$brat/standalone.py" ] || refuse "$brat: has no standalone.py, expected brat's directory"
version=$("$python" -c 'import sys; print(sys.version.split()[0], sys.version_info < (3, 11))') ||
    refuse "$python: cannot be run; name Python 3.10 or older with PYTHON=…"
[ "${version#* }" = True ] ||
    refuse "$python: is Python ${version% *}, brat needs 3.10 or older; name one with PYTHON=…"

cd "$brat"
mkdir -p data work
if [ ! -f config.py ]; then
    "$python" - > config.py.new << 'END'
import os

pairs = [pair.partition(":") for pair in os.environ["ANNOTATORS"].split()]
print(f"""\
from os.path import abspath, dirname, join

BASE_DIR = dirname(abspath(__file__))
DATA_DIR = join(BASE_DIR, "data")
WORK_DIR = join(BASE_DIR, "work")
ADMIN_CONTACT_EMAIL = "nobody@example.org"
USER_PASSWORD = {dict((name, password) for name, _, password in pairs)!r}
MAX_SEARCH_RESULT_NUMBER = 1000
DEBUG = TUTORIALS = False
LL_DEBUG, LL_INFO, LL_WARNING, LL_ERROR, LL_CRITICAL = range(5)
LOG_LEVEL = LL_WARNING
SIMSTRING_DEFAULT_UNICODE = True""")
END
    mv config.py.new config.py
fi

echo "brat: http://$host:$port/ with the articles in $brat/data"
exec "$python" -c '
import sys
import standalone

standalone._DEFAULT_SERVER_ADDR = sys.argv[2]
sys.exit(standalone.main(["standalone.py", sys.argv[1]]))' "$port" "$host"
