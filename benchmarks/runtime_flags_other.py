"""Flags of command lines written in C++, Go, Rust and TypeScript, found by how each library spells a flag."""

from __future__ import annotations

import re

from runtime_flags_shape import Flag

_COBRA_SWITCH = {"Bool", "BoolVar"}


def llama_cpp_flags(text: str, example: str) -> list[Flag]:
    """Options of llama.cpp's common/arg.cpp for one tool; those without a list of tools are for all."""
    found = []
    for block in re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE).split("add_opt(")[1:]:
        heads = re.match(r"common_arg\(\s*\{([^}]*)\}\s*,\s*(\{[^}]*\}\s*,\s*)?((?:\"[^\"]*\"|\w+\(\))\s*,)?", block)
        if not heads:
            continue
        tools = re.search(r"set_examples\(\{([^}]*)\}\)", block)
        if tools and not {f"LLAMA_EXAMPLE_{example}", "LLAMA_EXAMPLE_COMMON"} & set(re.findall(r"\w+", tools.group(1))):
            continue
        if f"LLAMA_EXAMPLE_{example}" in "".join(re.findall(r"set_excludes\(\{([^}]*)\}\)", block)):
            continue
        names = re.findall(r"\"([^\"]+)\"", heads.group(1) + (heads.group(2) or ""))
        # A second list of names, or none before the description, means a switch; else a word stands for the value.
        takes = heads.group(2) is None and heads.group(3) is not None and _takes_value(block, heads.end())
        shown = re.search(r"\"\[?([a-z0-9_]+(?:[|,][a-z0-9_]+)+)\]?\"", heads.group(3) or "") if takes else None
        choices = tuple(re.split(r"[|,]", shown.group(1))) if shown else ()
        found.append(Flag(names=tuple(names), value="one" if takes else "none", choices=choices))
    return found


def _takes_value(block: str, end: int) -> bool:
    """Whether what followed the names was the word for a value: then a description comes before the function."""
    return not block[end:].lstrip().startswith("[")


def cobra_flags(text: str, variable: str) -> list[Flag]:
    """Flags of one command of cobra: `variable.Flags().String("name", ...)`."""
    found = []
    pattern = rf"\b{variable}\.(?:Persistent)?Flags\(\)\.(\w+)\((?:[^\"]*?,\s*)?\"([\w-]+)\"(?:,\s*\"(\w)\")?"
    for kind, name, letter in re.findall(pattern, text):
        short = (f"-{letter}",) if kind.endswith("P") and letter else ()
        switch = kind.removesuffix("P") in _COBRA_SWITCH
        found.append(Flag(names=(*short, f"--{name}"), value="none" if switch else "one"))
    return found


def kong_flags(text: str) -> list[Flag]:
    """Flags of a struct of kong, by the name of the field or what its tag says."""
    found = []
    for field, kind, tag in re.findall(r"^\t(\w+)\s+(\S+)\s+`([^`]*)`", text, re.MULTILINE):
        if 'arg:""' in tag:
            continue
        said = re.search(r'\bname:"([^"]+)"', tag)
        name = said.group(1) if said else re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", field).lower()
        found.append(Flag(names=(f"--{name}",), value="none" if kind == "bool" else "one"))
    return found


def clap_flags(text: str, block: str) -> list[Flag]:
    """Long options of one struct of clap."""
    body = text.split(f"struct {block} {{", 1)[1].split("\n}", 1)[0]
    found = []
    for said, name, kind in re.findall(r"#\[arg\(([^\]]*)\)\]\s*(\w+): ([\w<>]+)", body):
        letter = re.search(r"short = '(\w)'", said)
        names = (*((f"-{letter.group(1)}",) if letter else ()), f"--{name.replace('_', '-')}")
        found.append(Flag(names=names, value="none" if kind == "bool" else "one"))
    return found


def commander_flags(text: str) -> list[Flag]:
    """Options of commander: `-c, --context-length <length>`."""
    found = []
    for said in re.findall(r"(?:\.option\(|new Option\()\s*\"([^\"]+)\"", text):
        names = tuple(re.findall(r"--?[\w-]+", said.partition("<")[0]))
        found.append(Flag(names=names, value="one" if "<" in said else "none"))
    return found


def cxxopts_flags(text: str) -> list[Flag]:
    """Options of cxxopts: `("p, name", "help", cxxopts::value<…>()`."""
    found = []
    for said, rest in re.findall(r"^\s*\(\"([\w, -]+)\",(.*?)(?=^\s*\(\"|;\s*$)", text, re.MULTILINE | re.DOTALL):
        parts = [part.strip() for part in said.split(",")]
        names = tuple(f"-{part}" if len(part) == 1 else f"--{part}" for part in parts)
        kind = re.search(r"cxxopts::value<([\w:<>]+)>", rest)
        found.append(Flag(names=names, value="none" if kind is None or kind.group(1) == "bool" else "one"))
    return found
