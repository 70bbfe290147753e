"""A shell script that fetches the pinned files and proves them; it resumes, and does nothing when all is there."""

from __future__ import annotations

from shlex import quote

from llmadvise.launch.recipes.serving import Serving, checked_sha256, urls

_LEFT_OUT = ("original/*", "metal/*", "*.pth", "*.bin", "*.pt", "*.onnx", "*.h5", "*.msgpack")
"""Second copies of weights, and pickles, which can run any code when loaded."""

_START = """\
set -eu
umask 022
"""
_ENDPOINT = """\
endpoint=${HF_ENDPOINT:-https://huggingface.co}
"""
_GATED = """\
token=${HF_TOKEN:-}
"""
_CREDENTIAL = """\
if [ -s %(file)s ]; then token=$(cat %(file)s); fi
"""
_LOGGED_IN = """\
[ -n "$token" ] || token=$(cat "${HF_HOME:-${HOME:-}/.cache/huggingface}/token" 2>/dev/null || true)
"""
_DEMANDED = """\
[ -n "$token" ] || { echo "%(repo)s is gated: accept its terms at $endpoint/%(repo)s and give a token" >&2; exit 1; }
"""
_ASK_AS_KNOWN = """\
ask() { printf 'header = "Authorization: Bearer %s"\\n' "$token" | curl --config - "$@"; }
"""
_ASK = """\
ask() { curl "$@"; }
"""
_FETCH = """\
hash_of() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}
fetch() {
  target=$folder/$2 expected=$3
  proved=$(cat "$target.sha256" 2>/dev/null || true)
  if [ -f "$target" ] && [ -n "$proved" ] && [ "$proved" = "${expected:-$proved}" ]; then return; fi
  if [ -z "$expected" ]; then
    expected=$(ask --silent --show-error --fail --head "$endpoint/$1" | tr -d '\\r' |
      sed -n 's/^[Xx]-[Ll]inked-[Ee][Tt][Aa][Gg]: *"\\{0,1\\}\\([0-9a-f]\\{64\\}\\)"\\{0,1\\}$/\\1/p')
  fi
  [ "${#expected}" -eq 64 ] || { echo "no sha256 of $2 is known" >&2; exit 1; }
  if [ ! -f "$target.part" ] || [ "$(hash_of "$target.part")" != "$expected" ]; then
    ask --fail --location --retry 5 --retry-delay 5 --continue-at - --output "$target.part" "$endpoint/$1"
  fi
  if [ "$(hash_of "$target.part")" != "$expected" ]; then
    rm -f "$target.part"
    echo "$2 is not the file that was advised: another sha256" >&2
    exit 1
  fi
  mv -f "$target.part" "$target"
  printf '%s\\n' "$expected" >"$target.sha256"
}
"""


def download_script(serving: Serving, folder: str, *, credential: str | None = None, cache: str | None = None) -> str:
    """The script for a folder; `folder` is a shell word that is quoted already, or a variable.

    `credential`: where the Hub's token lies, read only where the repository is gated; without one it is the variable, or
    what `hf auth login` left. `cache`: where the Hub's own program may write, where that is not the user's home.
    """
    lines = [_START, f"folder={folder}\n", 'mkdir -p "$folder"\n']
    if not serving.files:
        known = _GATED + _CREDENTIAL % {"file": quote(credential)} if serving.gated and credential else ""
        return "".join([*lines, known, _whole(serving, cache, 'export HF_TOKEN="$token"\n' if known else "")])
    lines.insert(1, _ENDPOINT)
    if serving.gated:
        proof = _CREDENTIAL % {"file": quote(credential)} if credential else _LOGGED_IN
        lines.append(f"{_GATED}{proof}{_DEMANDED % {'repo': serving.repo}}")
    lines += [_ASK_AS_KNOWN if serving.gated else _ASK, _FETCH]
    for url, name, file in zip(urls(serving), serving.local_names, serving.files, strict=True):
        lines.append(f"fetch {quote(url)} {quote(name)} {quote(checked_sha256(file))}\n")
    return "".join(lines)


def _whole(serving: Serving, cache: str | None, token: str) -> str:
    """A repository whose files are not listed: the Hub's own program fetches it and compares every hash."""
    where = f'"$folder"/{quote(serving.name)}'
    left_out = " ".join(f"--exclude {quote(pattern)}" for pattern in _LEFT_OUT)
    words = f"{serving.repo} --revision {serving.revision} --local-dir {where}"
    return (
        f"{token}{'' if cache is None else f'export HF_HOME={quote(cache)}{chr(10)}'}"
        f"if [ ! -f {where}/.proved-{serving.revision} ]; then\n"
        f"  hf download {words} {left_out}\n"
        f"  hf cache verify {words}\n"
        f"  : >{where}/.proved-{serving.revision}\n"
        "fi\n"
    )
