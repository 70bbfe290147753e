"""Completion scripts with all words inside: a shell completes without starting the program.

Ids hold letters, digits and `._/+-` alone; anything else is left out, so that no word needs quoting in any shell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from llmadvise.cli.manual.commands import Command, Parameter
from llmadvise.cli.manual.values import takes_file, values_of
from llmadvise.domain.catalog import Catalog

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]*")
_HELP: Final = ("-h", "--help")


def script(shell: str, commands: Sequence[Command], catalog: Catalog) -> str:
    """The script for a shell: bash, zsh, fish or powershell."""
    return _WRITERS[shell](commands, catalog)


def _words(words: Iterable[str]) -> str:
    return " ".join(word for word in words if _PLAIN.fullmatch(word))


def _options(command: Command) -> tuple[str, ...]:
    return (*(flag for item in command.options for flag in item.flags), *_HELP)


def _cases(commands: Sequence[Command], catalog: Catalog) -> Iterator[tuple[str, Command, Parameter, str]]:
    """Every option with a value that is known or a file: where, which, and the words (none for a file)."""
    for command in commands:
        for item in command.options:
            words = _words(values_of(command, item, catalog))
            if item.takes is not None:
                yield " ".join(command.path), command, item, words


def _argument_words(command: Command, catalog: Catalog) -> str:
    words = [word for item in command.arguments for word in values_of(command, item, catalog)]
    return _words((*command.groups, *words))


def _bash(commands: Sequence[Command], catalog: Catalog) -> str:
    """A function that first finds the command, then answers from a table."""
    groups = "|".join(" ".join(command.path) for command in commands if command.path)
    lines = [
        "# bash completion for llmadvise; written when the program was built.",
        "_llmadvise() {",
        '    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" path="" word index',
        "    COMPREPLY=()",
        "    for ((index = 1; index < COMP_CWORD; index++)); do",
        '        word="${COMP_WORDS[index]}"',
        '        case "${path:+$path }$word" in',
        f'            {_alternatives(groups)}) path="${{path:+$path }}$word" ;;',
        "        esac",
        "    done",
        '    case "$path:$previous" in',
        *_bash_values(commands, catalog),
        "    esac",
        '    if [[ "$current" == -* ]]; then',
        '        case "$path" in',
        *(
            f'            "{" ".join(command.path)}") COMPREPLY=($(compgen -W "{" ".join(_options(command))}" -- "$current")) ;;'
            for command in commands
        ),
        "        esac",
        "        return",
        "    fi",
        '    case "$path" in',
        *(
            f'        "{" ".join(command.path)}") COMPREPLY=($(compgen -W "{words}" -- "$current")) ;;'
            for command in commands
            if (words := _argument_words(command, catalog))
        ),
        '        *) COMPREPLY=($(compgen -f -- "$current")) ;;',
        "    esac",
        "}",
        "complete -o bashdefault -o default -F _llmadvise llmadvise",
    ]
    return "\n".join(lines) + "\n"


def _alternatives(paths: str) -> str:
    return "|".join(f'"{path}"' for path in paths.split("|"))


def _bash_values(commands: Sequence[Command], catalog: Catalog) -> Iterator[str]:
    for answer, patterns in _by_answer(commands, catalog).items():
        reply = f'COMPREPLY=($(compgen -W "{answer}" -- "$current"))' if answer else ":"
        yield f"        {'|'.join(patterns)}) {reply}; return ;;"
    files = [
        f'"{path}:{flag}"' for path, _, item, _ in _cases(commands, catalog) if takes_file(item) for flag in item.flags
    ]
    yield f'        {"|".join(files)}) COMPREPLY=($(compgen -f -- "$current")); return ;;'


def _by_answer(commands: Sequence[Command], catalog: Catalog) -> dict[str, list[str]]:
    """The places that take the same words, so that a list of six hundred models stands there once."""
    found: dict[str, list[str]] = {}
    for path, _, item, words in _cases(commands, catalog):
        if not takes_file(item):
            found.setdefault(words, []).extend(f'"{path}:{flag}"' for flag in item.flags)
    return found


def _zsh(commands: Sequence[Command], catalog: Catalog) -> str:
    """The table of bash in the words of zsh."""
    paths = _alternatives("|".join(" ".join(command.path) for command in commands if command.path))
    lines = [
        "#compdef llmadvise",
        "# zsh completion for llmadvise; written when the program was built.",
        "_llmadvise() {",
        '    local previous="${words[CURRENT-1]}" path_="" word',
        "    local -a found",
        "    for word in ${words[2,CURRENT-1]}; do",
        '        case "${path_:+$path_ }$word" in',
        f'            ({paths}) path_="${{path_:+$path_ }}$word" ;;',
        "        esac",
        "    done",
        '    case "$path_:$previous" in',
        *(
            f"        ({'|'.join(patterns)}) {_zsh_found(answer)}; compadd -a found; return ;;"
            for answer, patterns in _by_answer(commands, catalog).items()
        ),
        *(
            f'        ("{path}:{flag}") _files; return ;;'
            for path, _, item, _ in _cases(commands, catalog)
            if takes_file(item)
            for flag in item.flags
        ),
        "    esac",
        '    if [[ "${words[CURRENT]}" == -* ]]; then',
        '        case "$path_" in',
        *(
            f'            ("{" ".join(command.path)}") {_zsh_found(" ".join(_options(command)))} ;;'
            for command in commands
        ),
        "        esac",
        "        compadd -a found",
        "        return",
        "    fi",
        '    case "$path_" in',
        *(
            f'        ("{" ".join(command.path)}") {_zsh_found(words)}; compadd -a found ;;'
            for command in commands
            if (words := _argument_words(command, catalog))
        ),
        "        (*) _files ;;",
        "    esac",
        "}",
        'if [ "${funcstack[1]}" = _llmadvise ]; then _llmadvise "$@"; else compdef _llmadvise llmadvise; fi',
    ]
    return "\n".join(lines) + "\n"


def _zsh_found(words: str) -> str:
    """Words as one text that is split when it is needed: as a list zsh takes 80 ms to read them all, and so none."""
    return f"found=(${{=${{:-'{words}'}}}})"


class _Lists:
    """Word lists by number, so that one of six hundred models stands in a script once."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, words: str) -> int:
        return self.numbers.setdefault(words, len(self.numbers))


def _fish(commands: Sequence[Command], catalog: Catalog) -> str:
    """One line an option, with its help."""
    lists = _Lists()
    lines = [line for command in commands for line in _fish_command(command, commands, lists, catalog)]
    paths = " ".join(f"'{' '.join(command.path)}'" for command in commands if command.path)
    head = [
        "# fish completion for llmadvise; written when the program was built.",
        "function __llmadvise_at --description 'Whether these words are the command so far'",
        "    set -l words (commandline -opc)",
        "    set -e words[1]",
        "    set -l path",
        "    for word in $words",
        f"        contains -- (string join -- ' ' $path $word) {paths}; and set path $path $word",
        "    end",
        '    test "$path" = "$argv"',
        "end",
        *(
            f"function __llmadvise_{number}; string split -- ' ' '{words}'; end"
            for words, number in lists.numbers.items()
        ),
    ]
    return "\n".join([*head, *lines]) + "\n"


def _fish_command(command: Command, commands: Sequence[Command], lists: _Lists, catalog: Catalog) -> Iterator[str]:
    where = f"-n '{' '.join(('__llmadvise_at', *command.path))}'"
    for name in command.groups:
        summary = next(item.summary for item in commands if item.path == (*command.path, name))
        yield f"complete -c llmadvise -f {where} -a {name} -d {_fish_quoted(summary)}"
    words = _words(word for item in command.arguments for word in values_of(command, item, catalog))
    if words:
        yield f"complete -c llmadvise -f {where} -a '(__llmadvise_{lists.number(words)})'"
    for item in command.options:
        known = _words(values_of(command, item, catalog))
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in item.flags)
        offered = f" -x -a '(__llmadvise_{lists.number(known)})'" if known else " -r" if takes_file(item) else " -x"
        takes = "" if item.takes is None else offered
        yield f"complete -c llmadvise {where} {flags}{takes} -d {_fish_quoted(item.help)}"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _powershell(commands: Sequence[Command], catalog: Catalog) -> str:
    """A completer with two tables: what follows an option, and what follows a command."""
    lists = _Lists()
    values = {
        f"{path}:{flag}": lists.number(words)
        for path, _, item, words in _cases(commands, catalog)
        if words
        for flag in item.flags
    }
    after = {" ".join(command.path): lists.number(_argument_words(command, catalog)) for command in commands}
    options = {" ".join(command.path): lists.number(" ".join(_options(command))) for command in commands}
    lines = [
        "# PowerShell completion for llmadvise; written when the program was built.",
        "$llmadviseLists = @(",
        ",\n".join(f"    '{words}'" for words in lists.numbers),
        ")",
        *_powershell_table("llmadviseValues", values),
        *_powershell_table("llmadviseWords", after),
        *_powershell_table("llmadviseOptions", options),
        "Register-ArgumentCompleter -Native -CommandName llmadvise -ScriptBlock {",
        "    param($wordToComplete, $commandAst, $cursorPosition)",
        "    $path = ''",
        "    $previous = ''",
        "    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {",
        "        if ($element.Extent.EndOffset -ge $cursorPosition) { break }",
        '        $longer = "$path $element".Trim()',
        "        if ($llmadviseWords.ContainsKey($longer)) { $path = $longer }",
        '        $previous = "$element"',
        "    }",
        '    $place = "${path}:$previous"',
        "    $number = if ($llmadviseValues.ContainsKey($place)) { $llmadviseValues[$place] }",
        "    elseif ($wordToComplete -like '-*') { $llmadviseOptions[$path] } else { $llmadviseWords[$path] }",
        "    $llmadviseLists[$number] -split ' ' | Where-Object { $_ -and $_ -like \"$wordToComplete*\" } | ForEach-Object {",
        "        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)",
        "    }",
        "}",
    ]
    return "\n".join(lines) + "\n"


def _powershell_table(name: str, rows: dict[str, int]) -> Iterator[str]:
    yield f"${name} = @{{"
    yield from (f"    '{place}' = {number}" for place, number in rows.items())
    yield "}"


_WRITERS: Final[dict[str, Callable[[Sequence[Command], Catalog], str]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
