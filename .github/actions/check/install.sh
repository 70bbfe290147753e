#!/usr/bin/env bash
# Install llmadvise into an environment of its own: what the checked repository installs is left alone.
set -euo pipefail
place="$RUNNER_TEMP/llmadvise"
python3 -m venv "$place"
"$place/bin/pip" install --quiet --disable-pip-version-check "${REQUIREMENT:-$GITHUB_ACTION_PATH/../../..}"
echo "$place/bin" >> "$GITHUB_PATH"
