"""A mutation fuzzer for the GGUF reader: whatever the bytes, only an LLMAdviseError may come out, soon and cheaply.

    python benchmarks/fuzz_gguf.py [--executions N] [--minutes M] [--seed S] [--findings DIR]

It starts from small valid files of all versions and byte orders, changes bytes, lengths, counts and places, or writes
entries that lie about themselves, and keeps what led to an outcome not seen before as a new start. What escapes, takes
longer than a second or needs more than 200 MB is written to DIR. A campaign is 10,000,000 executions or 120 minutes.
"""

from __future__ import annotations

import argparse
import random
import re
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests" / "gguf"))

from gguf_files import ARRAY, STRING, Maker, small_model

from llmadvise.engine.memory.header import shape_from_header
from llmadvise.engine.memory.layout import layout_from_tensors
from llmadvise.errors import LLMAdviseError
from llmadvise.gguf.header import read_header
from llmadvise.gguf.source import BytesSource
from llmadvise.gguf.split import read_shards, shard_names
from llmadvise.gguf.types import REMOVED_TYPES, TENSOR_TYPES

EXECUTIONS, MINUTES = 10_000_000, 120.0
SLOW_SECONDS, MOST_BYTES = 1.0, 200 << 20
MOST_STARTS = 2000
LONGEST = 64 << 10
WATCH_EVERY = 1000
SPLIT_SHARE, STRUCTURED_SHARE = 0.1, 0.3
NUMBERS = (
    0, 1, 2, 3, 4, 7, 8, 9, 13, 31, 32, 33, 64, 127, 128, 255, 256, 257, 4095, 4096, 4097, 65535, 65536, 1 << 20, 1 << 24,
    (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 32, (1 << 64) - 1,
)  # fmt: skip
TEXTS = (
    b"", b"a", b"general.architecture", b"general.alignment", b"split.no", b"split.count", b"split.tensors.count",
    b"llama.block_count", b"llama.attention.head_count_kv", b"llama.embedding_length", b"llama.vocab_size", b"llama",
    b"qwen3next", b"gemma3", b"deepseek2", b"mamba", b"gemma3.block_count", b"gemma3.attention.sliding_window",
    b"tokenizer.ggml.tokens", b"blk.0.attn_q.weight", b"blk.99999999999999999999.ffn_down_exps.weight", b"output.weight",
    b"token_embd.weight", b"\xff\xfe", b"\x1b[31m", "a\u202eb".encode(), b"\xed\xa0\x80", b"\0", b"x" * 300,
)  # fmt: skip
ARCHITECTURES = (
    "llama", "gemma2", "gemma3", "gemma3n", "gpt-oss", "qwen3next", "qwen35moe", "deepseek2", "glm4moe", "mamba", "mamba2",
    "nemotron_h", "granitehybrid", "lfm2", "rwkv7", "kimi-linear", "falcon-h1", "jamba", "t5", "minimax-01",
)  # fmt: skip
DIMENSIONS = (
    "block_count", "embedding_length", "vocab_size", "feed_forward_length", "attention.head_count",
    "attention.head_count_kv", "attention.key_length", "attention.value_length", "attention.key_length_mla",
    "attention.kv_lora_rank", "attention.sliding_window", "attention.sliding_window_pattern", "attention.shared_kv_layers",
    "nextn_predict_layers", "full_attention_interval", "interleave_moe_layer_step", "expert_count", "expert_used_count",
    "expert_shared_count", "expert_feed_forward_length", "ssm.conv_kernel", "ssm.inner_size", "ssm.state_size",
    "ssm.group_count", "kda.head_dim", "shortconv.l_cache", "wkv.head_size", "token_shift_count",
)  # fmt: skip
KINDS = sorted({*TENSOR_TYPES, *REMOVED_TYPES, 43, 255, 1 << 31})
SHARDS = shard_names("m-00001-of-00002.gguf")

Mutation = Callable[[random.Random, bytearray], None]


def flip(chance: random.Random, data: bytearray) -> None:
    """One bit."""
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def overwrite(chance: random.Random, data: bytearray) -> None:
    """A number that lengths and counts are often wrong by."""
    width, order = chance.choice((1, 2, 4, 8)), chance.choice(("<", ">"))
    number = struct.pack(order + "Q", chance.choice(NUMBERS))
    at = chance.randrange(len(data))
    data[at : at + width] = number[:width] if order == "<" else number[-width:]


def shift(chance: random.Random, data: bytearray) -> None:
    """A byte one more or less: an off-by-one in a length."""
    at = chance.randrange(len(data))
    data[at] = (data[at] + chance.choice((-1, 1))) % 256


def cut(chance: random.Random, data: bytearray) -> None:
    """A stretch taken out, or all that follows."""
    begin = chance.randrange(len(data))
    end = len(data) if chance.random() < 0.5 else begin + chance.randrange(1, 40)
    del data[begin:end]


def double(chance: random.Random, data: bytearray) -> None:
    """A stretch repeated elsewhere: keys and tensors twice."""
    begin, at = chance.randrange(len(data)), chance.randrange(len(data))
    data[at:at] = data[begin : begin + chance.randrange(1, 200)]


def insert(chance: random.Random, data: bytearray) -> None:
    """A word that means something, or noise."""
    at = chance.randrange(len(data))
    data[at:at] = chance.choice(TEXTS) if chance.random() < 0.7 else chance.randbytes(chance.randrange(1, 32))


MUTATIONS: tuple[Mutation, ...] = (flip, overwrite, overwrite, shift, cut, double, insert)


def seeds() -> list[bytes]:
    """Small valid files: every version and byte order, a vocabulary, a shard."""
    made = [small_model(Maker(version, order)) for version in (1, 2, 3) for order in ("<", ">")]
    make = Maker()
    vocabulary = [("general.architecture", make.string("llama")), ("tokenizer.ggml.tokens", make.strings(["a"] * 300))]
    shard = [("split.no", make.number("uint16", 0)), ("split.count", make.number("uint16", 2))]
    return [*made, make.file(vocabulary), make.file(shard, [("blk.0.attn_q.weight", (32, 2), 8)])]


def mutate(chance: random.Random, starts: Sequence[bytes]) -> bytes:
    """A start with one to eight changes, sometimes the front of one and the back of another."""
    data = bytearray(chance.choice(starts))
    if chance.random() < 0.1:
        other = chance.choice(starts)
        data = data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other)) :]
    for _ in range(chance.randrange(1, 9)):
        if data:
            chance.choice(MUTATIONS)(chance, data)
    return bytes(data[:LONGEST])


def structured(chance: random.Random) -> bytes:
    """A file whose parts are well formed and lie about what follows."""
    make = Maker(chance.choice((1, 2, 3, 3, 3)), chance.choice(("<", ">")))
    if chance.random() < 0.5:
        entries = model(chance, make)
    else:
        entries = [make.entry(chance.choice(TEXTS), value(chance, make)) for _ in range(chance.randrange(6))]
    tensors = [tensor(chance, make) for _ in range(chance.randrange(5))]
    counts = [len(tensors), len(entries)]
    if chance.random() < 0.2:
        counts[chance.randrange(2)] = chance.choice(NUMBERS) % (1 << (32 if make.version == 1 else 64))
    return make.head(*counts) + b"".join(entries) + b"".join(tensors) + bytes(chance.choice((0, 31, 4096)))


def model(chance: random.Random, make: Maker) -> list[bytes]:
    """The metadata of a model of a real architecture with any dimensions, some of them absurd."""
    architecture = chance.choice(ARCHITECTURES)
    entries = [make.entry("general.architecture", make.string(architecture))]
    for dimension in DIMENSIONS:
        roll = chance.random()
        if dimension in DIMENSIONS[:3] or roll < 0.6:
            sane = make.number("uint32", chance.choice((0, 1, 2, 3, 4, 8, 64, 128)))
            entries.append(make.entry(f"{architecture}.{dimension}", value(chance, make) if roll < 0.1 else sane))
    return entries


def value(chance: random.Random, make: Maker) -> bytes:
    """A metadata value: right, or of another length than it says."""
    limit = 1 << (32 if make.version == 1 else 64)
    match chance.randrange(6):
        case 0:
            return make.string(chance.choice(TEXTS))
        case 1:
            return make.number("uint32", chance.choice(NUMBERS) % (1 << 32))
        case 2:
            return make.number("float64", chance.choice((0.5, -1.0, float("inf"), float("nan"), 1e308)))
        case 3:
            return make.numbers("int32", [chance.randrange(-9, 1 << 20) for _ in range(chance.randrange(6))])
        case 4:
            return make.strings([chance.choice(TEXTS) for _ in range(chance.randrange(300))])
        case _:
            kind = chance.choice((*range(14), ARRAY, STRING))
            return struct.pack(make.order + "II", ARRAY, kind) + make.length(chance.choice(NUMBERS) % limit)


def tensor(chance: random.Random, make: Maker) -> bytes:
    """An entry of the tensor list."""
    limit = 1 << (32 if make.version == 1 else 64)
    shape = [
        chance.choice((1, 32, 256, 256, chance.choice(NUMBERS) % limit))
        for _ in range(chance.choice((1, 2, 2, 3, 4, 5)))
    ]
    offset = chance.choice((0, 0, 32, 1024, 4096, chance.choice(NUMBERS)))
    return make.tensor(chance.choice(TEXTS), shape, chance.choice(KINDS), offset)


def use(data: bytes, size: int) -> None:
    """Read one file, and compute with what was read as an estimate would."""
    header = read_header(BytesSource(data, size=size))
    shape = shape_from_header(header.metadata)
    layout_from_tensors(header.tensors, shape.layers if shape else 1, header.file_bytes)


def use_split(first: bytes, second: bytes) -> None:
    """Read two files as shards of one model."""
    files = dict(zip(SHARDS, (first, second), strict=True))
    read_shards(SHARDS[0], lambda name: BytesSource(files[name], name=name))


@dataclass
class Campaign:
    """What has been done and found."""

    seed: int
    findings: Path
    executions: int = 0
    slowest: float = 0.0
    found: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def run(self, executions: int, seconds: float) -> None:
        """Fuzz until either is used up."""
        chance = random.Random(self.seed)  # noqa: S311 - chosen to be repeatable, not secret
        starts, memory = seeds(), resident_bytes()
        until = time.monotonic() + seconds
        while self.executions < executions:
            data = structured(chance) if chance.random() < STRUCTURED_SHARE else mutate(chance, starts)
            fresh = self.execute(chance, data, starts)
            if fresh and len(starts) < MOST_STARTS and data:
                starts.append(data)
            if self.executions % WATCH_EVERY == 0:
                if resident_bytes() - memory > MOST_BYTES:
                    self.report("memory", f"{resident_bytes() - memory} bytes more than at the start", data)
                    memory = resident_bytes()
                if time.monotonic() >= until:
                    break

    def execute(self, chance: random.Random, data: bytes, starts: Sequence[bytes]) -> bool:
        """Run the reader once. Whether the outcome is new."""
        split = chance.random() < SPLIT_SHARE
        begin = time.process_time()
        try:
            if split:
                use_split(data, mutate(chance, starts))
            else:
                use(data, len(data) if chance.random() < 0.5 else chance.choice((1 << 20, 1 << 40, 1 << 63)))
            outcome = "read"
        except LLMAdviseError as error:
            outcome = re.sub(r"'.*'|b?\".*\"|\[.*\]|[0-9]+", "", error.message.partition(": ")[2])[:60]
        except Exception:  # noqa: BLE001 - finding what else can come out is the purpose
            outcome = traceback.format_exc(limit=-1)
            self.report("escaped", outcome, data)
        seconds = time.process_time() - begin
        self.slowest = max(self.slowest, seconds)
        if seconds > SLOW_SECONDS:
            self.report("slow", f"{seconds:.2f} s", data)
        self.executions += 1
        self.outcomes[outcome] += 1
        return self.outcomes[outcome] == 1

    def report(self, kind: str, what: str, data: bytes) -> None:
        """Keep the input that did it."""
        self.found += 1
        self.findings.mkdir(parents=True, exist_ok=True)
        (self.findings / f"{kind}-{self.seed}-{self.executions}.gguf").write_bytes(data)
        print(f"FOUND {kind} after {self.executions}: {what}", flush=True)


def resident_bytes() -> int:
    """The most memory that the process has held."""
    import resource  # noqa: PLC0415 - not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def main() -> int:
    """Run a campaign and say how far it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=EXECUTIONS)
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    arguments = parser.parse_args()
    campaign, begin = Campaign(arguments.seed, arguments.findings), time.monotonic()
    campaign.run(arguments.executions, 60 * arguments.minutes)
    minutes = (time.monotonic() - begin) / 60
    print(f"{campaign.executions:,} executions in {minutes:.1f} minutes, seed {campaign.seed}")
    print(
        f"{campaign.found} findings; {len(campaign.outcomes)} distinct outcomes; {campaign.outcomes['read']:,} files read"
    )
    print(f"slowest execution {campaign.slowest * 1000:.1f} ms of CPU; peak memory {resident_bytes() >> 20} MiB")
    return 1 if campaign.found else 0


if __name__ == "__main__":
    sys.exit(main())
