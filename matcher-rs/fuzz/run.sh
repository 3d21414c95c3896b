#!/usr/bin/env bash
# Fuzzes every type of request for so many seconds each, from the golden requests on: matcher-rs/fuzz/run.sh 600
# Takes `cargo install cargo-fuzz`, and a nightly compiler or a stable one that is told to be one.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTC_BOOTSTRAP=1
words=$(mktemp)
# The names of all fields, and what values may be, so that the fuzzer need not guess them.
cat contracts/*/*.request.json | grep -oE '"[a-z_]+"' | sort -u | sed 's/"/\\"/g; s/.*/"&"/' >"$words"
for endpoint in suggest match assign; do
    mkdir -p "fuzz/corpus/$endpoint"
    cp contracts/"$endpoint"/*.request.json "fuzz/corpus/$endpoint/"
    cargo fuzz run --sanitizer none "$endpoint" -- \
        -max_total_time="${1:-600}" -max_len=16384 -timeout=20 -rss_limit_mb=4096 -dict="$words" -print_final_stats=1
done
