# What .ci/run is written in: runs a stage, shows it, and keeps count.

passed=0 failed=0 skipped=0
failures=()

heading() { printf '\n=== %s\n' "$1"; }

# fail COUNT TEXT LOG: TEXT, and the end of what the stage said, are shown once more at the end.
fail() {
  failed=$((failed + $1))
  failures+=("$2"$'\n'"$(tail -n 40 "$3")")
}

# check NAME COMMAND...: one pass or one failure.
check() {
  local name=$1 log
  shift
  heading "$name"
  log=$(mktemp)
  # In a subshell of its own: as a condition, `set -e` would not hold inside a function.
  local code=0
  set +e
  (set -e; "$@") 2>&1 | tee "$log"
  code=${PIPESTATUS[0]}
  set -e
  if [ "$code" = 0 ]; then passed=$((passed + 1)); else fail 1 "$name (exit code $code)" "$log"; fi
  rm -f "$log"
}

# suite NAME COMMAND...: as many as its last line "N passed, N failed, N skipped" says.
suite() {
  local name=$1 log code=0 line
  shift
  heading "$name"
  log=$(mktemp)
  "$@" 2>&1 | tee "$log" || code=$?
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1 || true)
  local p=0 f=0 s=0
  [ -z "$line" ] || read -r p f s <<<"${line//[!0-9 ]/}"
  passed=$((passed + p)) skipped=$((skipped + s))
  if [ "$f" -gt 0 ]; then
    fail "$f" "$name" "$log"
  elif [ "$code" != 0 ]; then
    fail 1 "$name (exit code $code)" "$log" # it crashed, or never got as far as a test
  elif [ "$p" = 0 ]; then
    fail 1 "$name (no test ran)" "$log"
  fi
  rm -f "$log"
}

# install_missing PACKAGE...: Debian packages; asks the network only when one is missing.
install_missing() {
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" = 0 ] && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

total() {
  echo
  local failure
  for failure in ${failures[@]+"${failures[@]}"}; do echo "FAILED: $failure"; done
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
}
