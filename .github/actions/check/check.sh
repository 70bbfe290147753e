#!/usr/bin/env bash
# Check once a format: annotations to the log, Markdown to the summary, SARIF to a file. Inputs come as variables, so
# that nothing in them is ever read as shell.
set -uo pipefail
paths=()
while IFS= read -r path; do
  if [ -n "$path" ]; then paths+=("$path"); fi
done <<< "${INPUT_PATHS:-.}"
options=(--policy "$INPUT_POLICY")
if [ -n "${INPUT_BASELINE:-}" ]; then options+=(--baseline "$INPUT_BASELINE"); fi
if [ -n "${INPUT_DIFF:-}" ]; then options+=(--diff "$INPUT_DIFF"); fi
if [ "${INPUT_LOCKED:-false}" = true ]; then options+=(--locked); fi

llmadvise check "${options[@]}" --format github -- "${paths[@]}"
code=$?
# 0, 10, 11 and 12 with a result have more to tell; any other code is an error that was told already.
case "$code" in 0 | 10 | 11 | 12)
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    llmadvise check "${options[@]}" --format markdown -- "${paths[@]}" >> "$GITHUB_STEP_SUMMARY" 2> /dev/null
  fi
  if [ -n "${INPUT_SARIF:-}" ]; then
    llmadvise check "${options[@]}" --format sarif --output "$INPUT_SARIF" -- "${paths[@]}" 2> /dev/null
  fi
  ;;
esac
echo "exit-code=$code" >> "$GITHUB_OUTPUT"
exit "$code"
