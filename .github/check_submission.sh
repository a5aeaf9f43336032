#!/usr/bin/env bash
# Check that a pull request adds the files of one leaderboard entry and changes nothing else.
#
#     check_submission.sh REPOSITORY
#
# REPOSITORY is checked out at the merge of the pull request: HEAD^1 is the branch that takes it. Prints
# entry=leaderboard/CORPUS/SYSTEM/REVISION and corpus=CORPUS, or says what is wrong and fails.
#
# Names are untrusted. They are read from a file, never through a pipe whose reader may stop early: git would die
# of SIGPIPE there, and under pipefail a match would count as none.
set -euo pipefail
export LC_ALL=C

refuse() {
  printf '%s\n' "$1" >&2
  exit 1
}

changes=$(mktemp)
trap 'rm -f "$changes"' EXIT
git -C "$1" diff --no-renames --raw --abbrev=40 -z HEAD^1 HEAD > "$changes"

file='^(leaderboard/([a-z0-9-]+)/[a-z0-9.-]+/[a-z0-9.-]+)/(entry\.toml|result\.json|speed\.json|predictions/[a-z][a-z0-9-]*/seed[0-9]+/fold[0-9]+\.jsonl\.gz)$'
entry=
corpus=
while IFS= read -r -d '' about && IFS= read -r -d '' path; do
  read -r _ mode _ _ status <<< "$about"
  if [[ $status != A ]]; then
    refuse "A submission adds files. This one changes or deletes some; a correction is a new revision: $(printf %q "$path")"
  fi
  if ! [[ $path =~ $file ]]; then
    refuse "A submission has nothing but the files of leaderboard/CORPUS/SYSTEM/REVISION/ that eventbench leaderboard submit wrote: $(printf %q "$path")"
  fi
  if [[ -n $entry && $entry != "${BASH_REMATCH[1]}" ]]; then
    refuse "A submission is one entry. Please open a pull request for each."
  fi
  entry=${BASH_REMATCH[1]}
  corpus=${BASH_REMATCH[2]}
  if [[ $mode != 100644 ]]; then
    refuse "A submission has regular files that are not executable, no links: $(printf %q "$path") has mode $mode"
  fi
done < "$changes"

[[ -n $entry ]] || refuse "A submission adds an entry. This one adds nothing."
printf 'entry=%s\ncorpus=%s\n' "$entry" "$corpus"
