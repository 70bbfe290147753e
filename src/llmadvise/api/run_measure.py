"""What a started model really does: one request timed, and the memory it takes."""

from __future__ import annotations

from llmadvise.api.run_request import Ready
from llmadvise.engine.estimate_log import device_of, parse_log
from llmadvise.launch.ask import Answer, chat
from llmadvise.launch.memory import process_memory
from llmadvise.launch.process import Running
from llmadvise.render.documents.run import Measured, MeasuredMemory

_SENTENCE = "A long story begins with one word after another, and each of them is read before the next is said. "
_FIRST_TOKENS = 4
_READ_SECONDS, _SHORTEST_PROMPT, _LONGEST_PROMPT = 2.0, 16, 256
_DECODE_SECONDS, _FEWEST, _MOST = 3.0, 8, 64
"""The second request reads for two seconds and writes for three at the rates of the first, within these tokens."""


def measure(ready: Ready, running: Running, load_seconds: float | None) -> Measured:
    """Time a request that nothing was remembered of: a small one first, to warm up and to size the one that counts."""
    first = _ask(ready, _SENTENCE, _FIRST_TOKENS)
    found = measured_by(ready, running, first, load_seconds)
    if not found.decode or not found.prefill or not found.prompt_tokens or found.decode * _DECODE_SECONDS < _FEWEST:
        return found
    room = ready.chosen.laid.plan.context_length // 2
    prompt = min(room, _within(found.prefill * _READ_SECONDS, _SHORTEST_PROMPT, _LONGEST_PROMPT))
    tokens = min(room, _within(found.decode * _DECODE_SECONDS, _FEWEST, _MOST))
    text = _SENTENCE * max(1, prompt // found.prompt_tokens)
    return measured_by(ready, running, _ask(ready, text, tokens), load_seconds)


def _ask(ready: Ready, text: str, tokens: int) -> Answer:
    return chat(
        ready.url,
        ready.served_as,
        [{"role": "user", "content": text + "Go on."}],
        most_tokens=tokens,
        extra={"temperature": 0, **ready.server.request},
        anywhere=True,
    )


def measured_by(ready: Ready, running: Running, answer: Answer, load_seconds: float | None) -> Measured:
    """The numbers of one answer: the server's own where it gives them, else the clock's."""
    timings = answer.timings
    by_clock = answer.prompt_tokens / answer.first_token_seconds if answer.prompt_tokens else None
    return Measured(
        load_seconds=None if load_seconds is None else round(load_seconds, 2),
        prompt_tokens=timings.prompt_tokens if timings else answer.prompt_tokens,
        tokens=answer.tokens,
        time_to_first_token=round(answer.first_token_seconds, 3),
        decode=_rounded(timings.tokens_per_second if timings else answer.tokens_per_second),
        prefill=_rounded(timings.prompt_per_second if timings else by_clock),
        by="server" if timings else "clock",
        memory=memory_of(ready, running),
        kept=False,
    )


def memory_of(ready: Ready, running: Running) -> MeasuredMemory | None:
    """What its processes take, and what its log says of GPUs; None where nothing runs."""
    found = process_memory(running)
    if found is None:
        return None
    engine: dict[str, int] = {}
    if ready.chosen.laid.plan.runtime.engine == "llama.cpp":
        log = parse_log("\n".join(running.lines()))
        for item in log.printed if log else ():
            name = device_of(item.buffer)
            engine[name] = engine.get(name, 0) + item.bytes
    on_gpus = sum(size for name, size in engine.items() if name != "host")
    host = found.resident if found.proportional is None else found.proportional
    unseen = bool(ready.chosen.laid.plan.placement.gpu_layers) and not on_gpus
    return MeasuredMemory(
        total=None if unseen else host + on_gpus,
        resident=found.resident,
        proportional=found.proportional,
        private=found.private,
        engine=engine,
    )


def _within(value: float, least: int, most: int) -> int:
    return int(min(most, max(least, value)))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
