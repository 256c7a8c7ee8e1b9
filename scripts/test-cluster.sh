#!/usr/bin/env bash
# Rescores a history on a cluster of real processes (a scheduler and two executors), kills one executor
# with no warning in mid-run, and compares the output with that of a local run, byte for byte. The first
# argument is a program built with the feature `cluster`, the second the rows (default 60000).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib.sh"

program=$(realpath "$1")
rows=${2:-60000}
work=$(mktemp -d)
declare -a started=()
stop() {
    local pid
    for pid in "${started[@]}"; do
        kill -9 "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
# Suppliers, amounts and dates from a small generator of our own: equal rows for equal numbers.
/usr/bin/python3 - "$rows" >"$work/history.csv" <<'PYTHON'
import random, sys
from datetime import date, timedelta
random.seed(7)
rows = int(sys.argv[1])
vendors = max(20, rows // 60)
print("row_id,payment_date,invoice_date,vendor_id,vendor_name,invoice_no,amount,currency,department,account_code,bank_account")
recent = []
for row in range(rows):
    paid = date(2012, 1, 1) + timedelta(days=row * 1500 // rows)
    vendor = int(vendors * random.random() ** 3)
    line = [vendor, f"R{random.randrange(10**7)}", random.randrange(100, 900000), paid - timedelta(days=random.randrange(5, 40))]
    if len(recent) > 50 and random.random() < 0.01:
        line = list(random.choice(recent))
    recent = (recent + [line])[-100:]
    vendor, number, cents, invoiced = line
    print(f"{row},{paid},{invoiced},V{vendor:05},Supplier {vendor} Ltd,{number},{cents/100:.2f},EUR,D{vendor % 30},{4000 + vendor % 70},DE{vendor:020}")
PYTHON

rescore() {
    "$program" rescore "$work/history.csv" --out "$work/$1/scored.parquet" --duplicates "$work/$1/pairs.csv" \
        --report "$work/$1/report.html" --models-dir "$here/../models" "${@:2}"
}
say "a local run"
rescore local 2>"$work/local.log"

port=$(free_port)
"$program" cluster scheduler --listen "127.0.0.1:$port" >"$work/scheduler.log" 2>&1 &
started+=($!)
executors=()
for number in 1 2; do
    "$program" cluster executor --scheduler "127.0.0.1:$port" --cores 1 --work-dir "$work/executor-$number" \
        --models-dir "$here/../models" >"$work/executor-$number.log" 2>&1 &
    started+=($!)
    executors+=($!)
done
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.1
done

say "a run on the cluster, one executor killed when the first slices are scored"
rescore cluster --scheduler "http://127.0.0.1:$port" 2>"$work/cluster.log" &
run=$!
started+=("$run")
scored=$work/cluster/.countersign-rescore-scored.parquet/anomalies
for _ in $(seq 1200); do
    compgen -G "$scored/scored-??????.arrow" >/dev/null && break
    kill -0 "$run" 2>/dev/null || break
    sleep 0.05
done
compgen -G "$scored/scored-??????.arrow" >/dev/null || { cat "$work"/*.log; fail "no slice was scored"; }
kill -9 "${executors[0]}"
say "killed executor 1 of 2 after $(compgen -G "$scored/scored-??????.arrow" | wc -l) slices"
if ! wait "$run"; then
    cat "$work"/*.log
    fail "the run on the cluster failed"
fi
for file in scored.parquet pairs.csv report.html; do
    cmp "$work/local/$file" "$work/cluster/$file"
done
say "the cluster gave the same bytes as the local run: scored.parquet, pairs.csv, report.html"
