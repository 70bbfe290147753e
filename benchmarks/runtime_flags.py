"""Reads the command lines of the runtimes from their own sources, and writes them to tests/data/runtime_flags.

    python benchmarks/runtime_flags.py SOURCES [RUNTIME ...]

SOURCES holds the sources unpacked, one folder each: wheels and sdists from PyPI (`pip download`), repositories as
checked out. What each folder must be is said beside its reader below. Nothing is imported or run: flags are found in
syntax trees, or by how a library spells them. Names, whether a value follows, and choices are kept; no texts.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from runtime_flags_other import (
    clap_flags,
    cobra_flags,
    commander_flags,
    cxxopts_flags,
    kong_flags,
    llama_cpp_flags,
)
from runtime_flags_python import (
    annotated_flags,
    argparse_flags,
    click_flags,
    field_flags,
    fields,
    text_lists,
    typer_flags,
    with_choices,
)
from runtime_flags_shape import CommandLine, Flag, Program

_LLAMA_CPP_BUILDS = {"llama_cpp_python-0.3.36": "b11434"}
"""Builds of llama.cpp by the sdist that carries them."""
DATA = Path(__file__).parents[1] / "tests" / "data" / "runtime_flags"


def main() -> None:
    """Write what SOURCES gives; runtimes that are not named are left alone if any is."""
    sources, asked = Path(sys.argv[1]), set(sys.argv[2:])
    DATA.mkdir(parents=True, exist_ok=True)
    for name, read in READERS.items():
        if asked and name not in asked:
            continue
        found = read(sources)
        path = DATA / f"{name}.json"
        path.write_text(_json(found.document()), encoding="utf-8", newline="\n")
        flags = sum(len(program.flags) for program in found.programs)
        print(f"{name:24} {found.version:30} {len(found.programs)} programs, {flags} flags")


def _json(document: dict[str, object]) -> str:
    """JSON with one flag a line."""
    text = json.dumps(document, indent=1, ensure_ascii=False)
    text = re.sub(r"\{\s+\"names\"(.*?)\s+\}", lambda found: re.sub(r"\s+", " ", found.group()), text, flags=re.DOTALL)
    return text + "\n"


def llama_cpp(sources: Path) -> CommandLine:
    """llama_cpp_python-VERSION: the sdist, which carries llama.cpp."""
    folder = next(sources.glob("llama_cpp_python-*"))
    text = (folder / "vendor/llama.cpp/common/arg.cpp").read_text(encoding="utf-8")
    server, cli = llama_cpp_flags(text, "SERVER"), llama_cpp_flags(text, "CLI")
    return CommandLine(
        "llama.cpp",
        _LLAMA_CPP_BUILDS.get(folder.name, f"as in {folder.name}"),
        f"{folder.name} sdist, vendor/llama.cpp/common/arg.cpp",
        [Program("llama-server", server), Program("llama-cli", cli), *_hub()],
    )


def llamafile(sources: Path) -> CommandLine:
    """llamafile: mozilla-ai/llamafile, of which docs/cli_arguments.md; values as in llama.cpp."""
    names = re.findall(r"`(--?[\w.-]+)", (sources / "llamafile/docs/cli_arguments.md").read_text(encoding="utf-8"))
    known = {name: flag for flag in llama_cpp(sources).programs[0].flags for name in flag.names}
    flags = [Flag((name,), known[name].value, known[name].choices) for name in dict.fromkeys(names) if name in known]
    own = [Flag((name,), "none") for name in ("--server", "--chat", "--cli", "--unsecure")] + [Flag(("--gpu",), "one")]
    return CommandLine(
        "llamafile",
        "0.10.4 or later",
        "mozilla-ai/llamafile 27c397af docs/cli_arguments.md",
        [Program("llamafile", [*own, *flags]), *_hub()],
    )


def ollama(sources: Path) -> CommandLine:
    """ollama: ollama/ollama."""
    text = (sources / "ollama/cmd/cmd.go").read_text(encoding="utf-8")
    settings = re.findall(r"\"(OLLAMA_\w+)\"", (sources / "ollama/envconfig/config.go").read_text(encoding="utf-8"))
    programs = [
        Program(f"ollama {name}", cobra_flags(text, f"{name}Cmd"), words)
        for name, words in {"serve": 0, "run": 2, "pull": 1, "create": 1}.items()
    ]
    return CommandLine("ollama", "fb3076099 (v0.33.0-rc2)", "cmd/cmd.go, envconfig/config.go", programs, settings)


def lm_studio(sources: Path) -> CommandLine:
    """lms: lmstudio-ai/lms."""
    folder = sources / "lms/src/subcommands"

    def program(name: str, file: str, words: int = 0) -> Program:
        return Program(f"lms {name}", commander_flags((folder / file).read_text(encoding="utf-8")), words)

    programs = [
        program("get", "get.ts", 1),
        program("load", "load.ts", 1),
        program("server start", "server.ts"),
        program("chat", "chat/index.tsx", 1),
    ]
    return CommandLine("lm-studio", "lms 07b7252 (2026-08-13)", "lmstudio-ai/lms src/subcommands", programs)


def mlx_lm(sources: Path) -> CommandLine:
    """mlx_lm: the wheel."""
    folder = sources / "mlx_lm/mlx_lm"
    programs = [
        Program(f"mlx_lm.{name}", argparse_flags(folder / f"{name}.py")) for name in ("server", "chat", "generate")
    ]
    version = _version(folder / "_version.py")
    return CommandLine("mlx-lm", version, f"mlx-lm {version} wheel", [*programs, *_hub()])


def vllm(sources: Path) -> CommandLine:
    """vllm-VERSION: the sdist."""
    folder = next(sources.glob("vllm-*"))
    engine, front = folder / "vllm/engine/arg_utils.py", folder / "vllm/entrypoints/common/cli_args.py"
    kinds = {field.name: field.annotation for field in fields(engine, ["EngineArgs", "AsyncEngineArgs"])}
    names = text_lists(*sorted((folder / "vllm/config").glob("*.py")))
    flags = with_choices(argparse_flags(engine, kinds), kinds, names)
    flags += field_flags(fields(front, ["BaseFrontendArgs", "FrontendArgs"]), switches=True) + argparse_flags(front)
    version = folder.name.partition("-")[2]
    return CommandLine(
        "vllm",
        version,
        f"vllm {version} sdist, vllm/engine/arg_utils.py, vllm/entrypoints/common/cli_args.py",
        [Program("vllm serve", flags, 1), *_hub()],
    )


def sglang(sources: Path) -> CommandLine:
    """sglang: the wheel."""
    folder = sources / "sglang/sglang/srt"
    choices = sorted((folder / "arg_groups").glob("choices.py")) + sorted((folder / "arg_groups/fields").glob("*.py"))
    names = text_lists(*choices)
    flags = [
        flag for path in sorted((folder / "arg_groups/fields").glob("*.py")) for flag in annotated_flags(path, names)
    ]
    flags += argparse_flags(folder / "server_args.py", within="add_cli_args")
    version = next((sources / "sglang").glob("sglang-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    return CommandLine(
        "sglang",
        version,
        f"sglang {version} wheel, sglang/srt/server_args.py, arg_groups/fields",
        [Program("python -m sglang.launch_server", flags), Program("sglang serve", flags), *_hub()],
    )


def tensorrt_llm(sources: Path) -> CommandLine:
    """tensorrt-llm: NVIDIA/TensorRT-LLM, of which tensorrt_llm/commands/serve.py."""
    path = sources / "tensorrt-llm/tensorrt_llm/commands/serve.py"
    program = Program("trtllm-serve", click_flags(path, "serve"), 1)
    return CommandLine("tensorrt-llm", "00209af14", "tensorrt_llm/commands/serve.py", [program, *_hub()])


def tabbyapi(sources: Path) -> CommandLine:
    """tabbyapi: theroyallab/tabbyAPI; its flags are the names of its settings, which take true and false as words."""
    path = sources / "tabbyapi/common/config_models.py"
    classes = [field for field in fields(path) if not field.name.startswith("_")]
    flags = field_flags(iter(classes), switches=False)
    version = "e632af4 (2026-08-13)"
    return CommandLine(
        "tabbyapi", version, "common/args.py, common/config_models.py", [Program("python main.py", flags), *_hub()]
    )


def koboldcpp(sources: Path) -> CommandLine:
    """koboldcpp: LostRuins/koboldcpp, the end of koboldcpp.py, where the parser is."""
    flags = argparse_flags(sources / "koboldcpp/koboldcpp.py")
    return CommandLine("koboldcpp", "1.102 (000115dd9)", "koboldcpp.py", [Program("koboldcpp", flags, 2), *_hub()])


def text_generation_webui(sources: Path) -> CommandLine:
    """text-generation-webui: oobabooga/text-generation-webui."""
    flags = argparse_flags(sources / "text-generation-webui/modules/shared.py")
    program = Program("python server.py", flags)
    return CommandLine("text-generation-webui", "1dcde41d (v4.7.3)", "modules/shared.py", [program, *_hub()])


def localai(sources: Path) -> CommandLine:
    """localai: mudler/LocalAI."""
    flags = kong_flags((sources / "localai/core/cli/run.go").read_text(encoding="utf-8"))
    return CommandLine("localai", "82c191afa (v4.9.0)", "core/cli/run.go", [Program("local-ai run", flags, 99)])


def jan(sources: Path) -> CommandLine:
    """jan: janhq/jan."""
    flags = clap_flags((sources / "jan/src-tauri/src/bin/jan-cli.rs").read_text(encoding="utf-8"), "ServeArgs")
    return CommandLine("jan", "00ec5d11b", "src-tauri/src/bin/jan-cli.rs", [Program("jan serve", flags, 1), *_hub()])


def docker_model_runner(sources: Path) -> CommandLine:
    """docker-model-runner: docker/model-runner."""
    folder = sources / "docker-model-runner/cmd/cli/commands"

    def flags(name: str, variable: str) -> list[Flag]:
        return cobra_flags((folder / name).read_text(encoding="utf-8"), variable)

    programs = [
        Program("docker model pull", flags("pull.go", "c"), 1),
        Program("docker model run", flags("run.go", "c"), 2),
        Program("docker model configure", flags("configure_flags.go", "cmd"), 1, rest="llama-server"),
    ]
    server = Program("llama-server", llama_cpp(sources).programs[0].flags)
    return CommandLine("docker-model-runner", "642c7211 (v1.2.6)", "cmd/cli/commands", [*programs, server])


def openvino(sources: Path) -> CommandLine:
    """openvino: openvinotoolkit/model_server."""
    texts = [sources / "openvino/src/cli_parser.cpp", sources / "openvino/src/graph_export/graph_cli_parser.cpp"]
    flags = [flag for path in texts for flag in cxxopts_flags(path.read_text(encoding="utf-8"))]
    source = "src/cli_parser.cpp, src/graph_export/graph_cli_parser.cpp"
    return CommandLine("openvino", "7e4df0c7a (2026-08-21)", source, [Program("ovms", flags), *_hub()])


def transformers(sources: Path) -> CommandLine:
    """transformers: the wheel."""
    folder = sources / "transformers/transformers/cli"
    programs = [
        Program("transformers serve", typer_flags(folder / "serve.py", "__init__"), 1),
        Program("transformers chat", typer_flags(folder / "chat.py", "__init__"), 99),
    ]
    version = next((sources / "transformers").glob("transformers-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    return CommandLine("transformers", version, f"transformers {version} wheel, transformers/cli", [*programs, *_hub()])


def ramalama(sources: Path) -> CommandLine:
    """ramalama: the wheel; its commands share most flags, so they are taken together."""
    version = _version(sources / "ramalama/ramalama/version.py")
    folder = sources / "ramalama/ramalama"
    files = [folder / "cli.py", *sorted((folder / "plugins").rglob("*.py"))]
    flags = [flag for path in files for flag in argparse_flags(path)]
    programs = [Program(f"ramalama {name}", flags, words) for name, words in {"pull": 1, "run": 99, "serve": 1}.items()]
    return CommandLine("ramalama", version, f"ramalama {version} wheel, ramalama/cli.py and plugins", programs)


def _hub() -> Iterator[Program]:
    """`hf download` of huggingface_hub 1.x, by its documented interface."""
    one = ("--revision", "--local-dir", "--cache-dir", "--token", "--repo-type", "--max-workers")
    flags = [*(Flag((name,), "one") for name in one), *(Flag((name,), "many") for name in ("--include", "--exclude"))]
    yield Program("hf download", [*flags, Flag(("--force-download",), "none"), Flag(("--quiet",), "none")], 999)


def _version(path: Path) -> str:
    found = re.search(r"__version__ = [\"']([^\"']+)", path.read_text(encoding="utf-8"))
    return found.group(1) if found else "unknown"


READERS: dict[str, Callable[[Path], CommandLine]] = {
    "llama.cpp": llama_cpp,
    "llamafile": llamafile,
    "ollama": ollama,
    "lm-studio": lm_studio,
    "mlx-lm": mlx_lm,
    "vllm": vllm,
    "sglang": sglang,
    "tensorrt-llm": tensorrt_llm,
    "tabbyapi": tabbyapi,
    "koboldcpp": koboldcpp,
    "text-generation-webui": text_generation_webui,
    "localai": localai,
    "jan": jan,
    "docker-model-runner": docker_model_runner,
    "openvino": openvino,
    "transformers": transformers,
    "ramalama": ramalama,
}

if __name__ == "__main__":
    main()
