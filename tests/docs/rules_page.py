"""The text of docs/rules.md: rules and criteria in their own words, other findings from the table here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from llmadvise.engine.criteria import CRITERIA
from llmadvise.engine.rules.case_rules import CASE_RULES
from llmadvise.engine.rules.model_rules import MODEL_RULES
from llmadvise.engine.rules.rule import Rule
from llmadvise.engine.rules.variant_rules import VARIANT_RULES

_INTRODUCTION = """\
# Rules and findings

Everything that llmadvise says about a model, a file, a machine or a catalog has an id from this page. A finding
*blocks* (the case is never advised), *warns* (read it before you follow the advice) or *notes*. A rule gives findings
about models and files; a criterion grades what no rule blocks, and the weighted grades add up to the score
(`catalog/profiles` holds the weights). `llmadvise rules` prints the rules and criteria, `llmadvise explain MODEL` what
they say of one model. Generated; `LLMADVISE_UPDATE=1 pytest tests/docs` writes it anew.
"""

_MACHINE: dict[str, str] = {
    "bandwidth-assumed": "The processor is not in the catalog, so the bandwidth of its RAM is a typical one. Speeds are "
    "then wide intervals; `--hardware` with the bandwidth in a file, or a catalog of your own, narrows them.",
    "cgroup-limit": "A control group limits the memory of this process (a container, a job of a scheduler). The limit "
    "counts, not the RAM of the host.",
    "cgroup-not-read": "Saved outputs tell the RAM of the whole machine; in a container the file of its limit is needed too.",
    "cpu-quota": "A control group limits the processor time of this process; so many cores are counted.",
    "cpu-translated": "This program runs under Rosetta, and so would what it starts: many times slower, and without Metal.",
    "cpu-unknown": "The number of cores could not be read, so no speed is given for work on the CPU.",
    "fleet-document-invalid": "A document of a fleet could not be read; it is counted, and left out of every total.",
    "gpu-ambiguous": "Several products share this name or id. The slowest of them is assumed, so that no speed is "
    "promised that the card may not have. Where several are named and machines of the catalog hold so many of a faster one, "
    "that one is assumed, with a warning.",
    "gpu-by-name": "The driver of these GPUs gave no answer in time; they are known by their PCI id alone.",
    "gpu-busy": "The GPU was at work when the output was saved; what is told of its speed is shared with that work.",
    "gpu-by-processor-name": "The processor's name tells of graphics that no saved output lists. Nothing is planned on it.",
    "gpu-cores-unknown": "The number of GPU cores of this Apple chip could not be read; the slower variant is assumed.",
    "gpu-driver-broken": "A driver is there but does not answer. The message says which part to load or install.",
    "gpu-driver-missing": "A GPU is in this machine, but no driver serves it.",
    "gpu-hidden": "An environment variable hides GPUs from programs; the hidden ones are not planned with.",
    "gpu-ignored": "A software renderer, a virtual display or a server's console looks like a GPU and is none.",
    "gpu-mapping-assumed": "Saved outputs do not tell how much RAM an integrated GPU may map; half of it, the default, is "
    "assumed.",
    "gpu-mapping-limit": "Linux lets this GPU map only a part of the RAM; a kernel option raises that part.",
    "gpu-memory-assumed": "The driver gave no answer in time; the memory of the catalog's row is planned with, as if all "
    "of it were free.",
    "gpu-memory-in-use": "Others hold more than a quarter of this GPU's memory. Only what is free is planned with: close "
    "them and ask again for better advice.",
    "gpu-memory-unknown": "The memory of this GPU could not be read, so nothing is planned on it.",
    "gpu-none": "There is no GPU that models run on, or none was passed into this container; the processor is planned with.",
    "gpu-mapping-unknown": "Only the part of the RAM that the firmware keeps for this GPU is told; `--ram` gives the rest.",
    "gpu-name-assumed": "The output names no device; the one that gives such an answer is assumed.",
    "gpu-name-cut-off": "A table cut the name off; its beginning and the memory leave the product that is taken.",
    "gpu-not-found": "Parts of a driver are installed, but the GPU they belong to was not found.",
    "gpu-not-supported": "The GPU is there, but no runtime of the catalog computes with it.",
    "gpu-not-visible": "A GPU is in the machine but was not passed into this container.",
    "gpu-order-assumed": "The numbers of GPUs are read in bus order; CUDA may count them in another one.",
    "gpu-removed": "The registry of Windows still lists a display adapter that is no longer there; it does not count.",
    "gpu-reports-differ": "Saved outputs contradict each other about a GPU; the message says which one is believed.",
    "gpu-unidentified": "The GPU is not in the catalog. Its memory counts, its speed is not known.",
    "mig-card-unknown": "Saved outputs list slices of a card without the card itself, so their speed is not known.",
    "mig-without-slices": "The GPU is in MIG mode, but no slice was made, so nothing can run on it.",
    "output-cut-off": "A saved output says that there are more GPUs than it shows.",
    "ram-unknown": "How much RAM there is could not be read; give `--ram`.",
    "probe-failed": "A part of the probe met something it was not made for and was left out: please report it with "
    "`llmadvise doctor --report`.",
    "probe-timed-out": "A part of the probe gave no answer in time (a driver that hangs, or cards that sleep) and was left "
    "out. LLMADVISE_PROBE_SECONDS=10 waits longer than the usual second and a half.",
    "source-not-read": "A capture holds an answer that this version cannot read; what it says is not known.",
    "rocm-not-allowed": "This user may not open the device that ROCm needs; Vulkan is planned with instead.",
    "simulated-cpu": "The machine was described by `--gpu`; its processor is taken from this machine.",
    "simulated-memory": "The chip that was named comes with several memory sizes; the message says which one is assumed.",
    "simulated-ram": "The machine was described by `--gpu`; its RAM is taken from this machine unless `--ram` is given.",
}
_ENGINE: dict[str, str] = {
    "engine-goes-without": "The engine that was started runs, but its log says that it goes without a GPU or a driver; the "
    "speeds that were promised are not reached.",
    "cache-below-one-request": "Blocks vLLM where the cache that is left cannot hold one request of the context asked "
    "for. It would stop at the start.",
    "encoder-decoder-needs-one-stream": "Blocks llama.cpp with separate caches for an encoder-decoder model. It would "
    "stop with an assertion.",
    "heads-not-divisible-by-gpus": "Blocks vLLM on a number of GPUs that does not divide the attention heads.",
    "kv-type-needs-divisible-head": "Blocks a quantized KV cache whose blocks do not divide the heads of the model.",
    "latent-kv-types-differ": "Blocks different types for keys and values where the model caches them as one.",
    "memory-by-analogy": "The runtime takes memory by the same rules as another one, whose figures are used.",
    "mlx-keeps-caches": "MLX's server keeps caches of past conversations, beside the one that is planned.",
    "more-stages-than-layers": "Blocks vLLM with more pipeline stages than the model has layers.",
    "no-memory-for-cache": "Blocks vLLM where activations and CUDA graphs leave nothing for the cache.",
    "quantized-v-needs-flash-attention": "Blocks a quantized value cache with flash attention off.",
    "runtime-default-context": "The runtime gives a shorter context than is planned unless it is told.",
    "runtime-leaves-gpu-out": "The runtime does not use a GPU of this machine for this model by default.",
    "runtime-own-settings": "The runtime starts its engine with other slots or batches than would be advised for it.",
    "runtime-serves-one": "The runtime never serves this architecture to several users at once.",
    "runtime-sizing-unknown": "What a runtime does with memory and its publisher does not say.",
    "runtime-splits-itself": "The runtime places the layers and keeps part of each GPU free; it cannot be told.",
    "vllm-cache-holds": "How many requests of the asked context vLLM's cache holds at once, and how long one may be.",
    "vllm-needs-max-model-len": "Without `--max-model-len` vLLM plans for the trained length and stops.",
    "vllm-utilization-lowered": "Others hold part of the GPU, so vLLM must be told to take less than its default share.",
    "weights-above-budget": "Blocks vLLM where the weights alone exceed its share of the GPU.",
    "wired-limit-can-rise": "A model too large for what macOS lets the GPU wire would fit under a higher limit.",
    "wired-limit-near": "The weights take nearly all that the GPU of a Mac may wire.",
    "cache-below-all-users": "Blocks a layout whose cache holds fewer requests at once than there are users.",
    "fp8-blocks-may-not-divide": "Warns of FP8 weights whose blocks of 128 may not fit into a GPU's slice; the runtime would stop.",
    "gpus-idle": "GPUs that the layout has no work for.",
    "kv-cache-replicated": "GPUs that share a layer cache the same keys and values, because there are fewer heads than GPUs.",
    "kv-heads-not-divisible": "Blocks a number of GPUs over which key-value heads can neither be shared out nor copied evenly.",
    "layout-unknown": "Blocks a layout that cannot be computed; the message says what is missing.",
    "link-not-modelled": "The speed of GPUs that share each layer was fitted on cards without a link; with NVLink expect more.",
    "network-not-modelled": "Warns that one copy reaches over several nodes: what the network costs is not known, so no speed is given.",
    "quantization-group-not-divisible": "Blocks a slice of a quantized matrix that does not hold whole groups of weights that share a scale.",
    "variant-computed": "Warns that no file of this scheme is listed: bytes are computed, and there is no command.",
    "width-not-divisible-by-gpus": "Blocks a number of GPUs that does not divide the width of a network inside the model.",
    "recipe-gpu-numbers": "Warns that a variable hides GPUs from this program and not from a service, so that the numbers in a "
    "recipe may mean others there.",
    "recipe-hash-from-hub": "No sha256 of the file is in the catalog; the recipe compares with what the Hub says at the pinned commit.",
    "recipe-image-version": "The image that a recipe pins holds another version of the runtime than the one its facts were read from.",
    "recipe-image-without-digest": "Warns that no source tells the digest of an image, so that its version alone pins it.",
    "recipe-no-memory-limit": "What the runtime takes of the RAM is not computed, so a recipe sets no limit.",
    "recipe-other-upload": "Another upload of the model is taken than was advised, because its commit is known.",
    "recipe-without-ray": "The image holds no Ray, so the recipe joins the nodes in another way.",
}
_COST: dict[str, str] = {
    "power-of-gpus-only": "The cost counts what the GPUs draw by their limits, not the whole machine. `--power WATTS`, "
    "measured at the wall, counts all of it.",
    "power-unknown": "What a device draws is not in the catalog, so no cost of energy is told. `--power WATTS` says it.",
}

_CATALOG: dict[str, str] = {
    "catalog-ambiguous-name": "Two entries claim one name or tag.",
    "catalog-attention-layers": "The attention groups do not name every layer once.",
    "catalog-attention-unknown": "A size that the cache of this kind of attention depends on is missing.",
    "catalog-bits": "Bits a weight that cannot be.",
    "catalog-bytes-from-bits": "Bytes that nobody read and that are far from parameters × bits.",
    "catalog-context-length": "A context length that cannot be.",
    "catalog-date": "A date that is none.",
    "catalog-dimension": "A dimension or figure that cannot be.",
    "catalog-duplicate-file": "One file of a repository is two variants.",
    "catalog-duplicate-model": "One repository is two models.",
    "catalog-duplicate-variant": "A variant is listed twice.",
    "catalog-experts": "A token runs through more experts than there are, or through none.",
    "catalog-format-mismatch": "A variant names a scheme of another format.",
    "catalog-invalid-file": "A file that cannot be read as what it should be.",
    "catalog-kv-heads": "KV heads that do not divide the heads.",
    "catalog-lineage-cycle": "A model descends from itself.",
    "catalog-no-source": "An entry names no source.",
    "catalog-parameter-count": "Parameter counts that contradict each other.",
    "catalog-parameters-from-dimensions": "The dimensions give another number of parameters, by more than 3 %.",
    "catalog-parent-spelling": "A parent is named by its Hub id although the catalog has an entry for it.",
    "catalog-pattern": "A pattern that is no regular expression, or one whose search might not end.",
    "catalog-profile-evidence": "A weight of evidence outside 0 to 1.",
    "catalog-profile-headroom": "The part of memory that is ample when left free must be more than nothing and at most all.",
    "catalog-profile-pictures": "A use with pictures must say how many tokens of the context one of them may take.",
    "catalog-profile-roles": "A use case that no role can serve.",
    "catalog-profile-speed": "Speeds that are not in order.",
    "catalog-profile-weight": "Weights of criteria that do not add up to anything.",
    "catalog-program": "A program that is no plain name, or that would be given an order: a runtime is asked for its "
    "version by `--version` alone, whatever a catalog says.",
    "catalog-revision": "A revision that is no commit.",
    "catalog-sha256": "A checksum that is none.",
    "catalog-size": "Bytes that cannot be true of this scheme and these parameters, or that the files contradict.",
    "catalog-size-basis": "Bytes that do not say how they are known.",
    "catalog-stale-source": "Nothing of the entry was read again for more than a year.",
    "catalog-unknown-benchmark": "A result of a benchmark that the catalog does not have.",
    "catalog-unknown-benchmark-group": "A use case weighs a group that no benchmark belongs to.",
    "catalog-unknown-criterion": "A use case weighs a criterion that does not exist.",
    "catalog-unknown-format": "A format that no runtime loads, or no scheme has.",
    "catalog-unknown-gpu": "A machine names a GPU that the catalog does not have.",
    "catalog-unknown-license": "A license that the catalog does not have.",
    "catalog-unknown-license-tag": "A condition or obligation without an explanation in the list of tags.",
    "catalog-unknown-parent": "A parent that is neither an entry nor a repository.",
    "catalog-unknown-processor": "A machine names a processor that the catalog does not have.",
    "catalog-unknown-quantization": "A scheme that the catalog does not have.",
    "catalog-unknown-replacement": "A model to use in another's place that the catalog does not have.",
    "catalog-unknown-service": "A parent is a hosted service whose terms the catalog does not have.",
    "catalog-unknown-template": "A prompt format that the catalog does not have.",
    "catalog-unsafe-name": "A repository or file name with characters that names on a hub do not have.",
}

_IMPORT: dict[str, str] = {
    "adapter-only": "The repository holds an adapter. Its shape is that of the model it is put on; it is no model by itself.",
    "base-model-unknown": "The card names a base that is no repository: a path on somebody's disk, or itself.",
    "card-malformed": "The front matter of the card is no plain YAML, so nothing was taken from it.",
    "config-contradiction": "Two dimensions of the config cannot both be true.",
    "config-incomplete": "The config does not say a dimension; the field is null.",
    "config-missing": "There is neither a config nor a GGUF file that could be read, so the dimensions are unknown.",
    "config-unknown-type": "The defaults of this model type are not known. What its class leaves unsaid may be missing.",
    "family-unknown": "No parent in the catalog gives the family; the model type stands in its place.",
    "file-duplicate": "Two files of the repository have the same quantization; one of them was taken.",
    "file-incomplete": "Shards of a split file are missing, so the set is no variant.",
    "file-malformed": "A small file is not what it should be, or too large; nothing was taken from it.",
    "file-not-recognized": "A file does not say its quantization in its name, so it is no variant.",
    "file-unreadable": "The Hub did not give a file that it lists.",
    "license-ambiguous": "The card declares several licenses and does not say which one holds.",
    "license-undeclared": "Neither the card nor a tag declares a license.",
    "parameters-computed": "No file says the number of parameters; it was computed from the dimensions.",
    "parameters-contradict": "The files hold another number of parameters than the dimensions give.",
    "parameters-unknown": "The number of parameters is not said, and the dimensions do not give it.",
    "repository-gated": "The publisher wants its terms accepted before files are read. Set HF_TOKEN after you did.",
    "repository-moved": "The repository has another name now; the entry bears the new one.",
    "storage-unknown": "How the weights are stored is not said, or in words that are not known.",
    "weights-missing": "There are no weights that a runtime should load.",
}

_POLICY: dict[str, str] = {
    "clarification-void": "The license text of the model is no longer the one that the clarification in the policy is bound "
    "to. Somebody has to read it again; the verdict is unknown until then.",
    "license-agreement": "The license asks for a registration, a contract or a permission that the policy does not state.",
    "license-business-model": "The license is closed to who does the business that the policy states.",
    "license-competition": "The license is closed to products that compete with the licensor's.",
    "license-condition-open": "A license sets a condition that none of the policy's facts decides. The verdict is unknown.",
    "license-denied": "The policy's deny list names the license, its category or the model.",
    "license-daily-users": "There are more daily users than the license leaves open.",
    "license-duty-not-accepted": "The license asks for something that the policy does not list among the duties it accepts.",
    "license-monthly-users": "There are more monthly users than the license leaves open.",
    "license-no-derivatives": "The license does not let changed versions be passed on, and the model is one.",
    "license-no-hosting": "The license does not let the model be offered as a service.",
    "license-no-output-training": "The license does not let outputs train other models.",
    "license-no-redistribution": "The license does not let the weights be passed on.",
    "license-not-allowed": "The policy has an allow list, and neither the license, its category nor the model is on it.",
    "license-not-read": "Notes that the facts about a license rest on a summary, not on its text.",
    "license-purpose": "Only research is licensed, and the policy says that the use is more.",
    "license-revenue": "There is more revenue than the license leaves open.",
    "license-territory": "The license grants nothing where the company sits or the model is used.",
    "policy-fact-missing": "A clause turns on a fact about the use that the policy does not state. It is asked for by name "
    "and never assumed; the verdict is unknown until then.",
}

_PULL: dict[str, str] = {
    "code-left-out": "Files that can run code when they are loaded (pickles, Python) are not fetched. A model that needs "
    "them cannot be run from what was fetched.",
    "commit-not-main": "The commit is not where the main branch is, so engines that go by the branch will not find it "
    "without the network. Give them the file's path.",
    "no-room": "What is missing is more than there is room for. Only a dry run says so; fetching ends with it.",
    "file-not-proved": "No hash of a file is known without the network; only its name and length were looked at.",
}

_MEASURED: dict[str, str] = {
    "measurement-disturbed": "The rounds lie far apart, or other programs took a part of the processors' time. Measure again "
    "when less is going on; a bandwidth is kept only with `--keep`.",
    "measurement-in-cache": "Less was read than the last-level cache holds, so a part may have come from there, and the "
    "memory be slower than it seems.",
    "measurement-left-out": "A test of llama-bench says nothing of later runs: it timed two things together, ran on another "
    "machine, on a part of the cores, or cannot be read.",
    "measurement-model-unknown": "Which model a test ran is not known, or it cannot have been the one that was named. It is "
    "kept, and no estimate rests on it; `--as` says which it was.",
    "measurement-unreadable": "A line of the file of measurements cannot be read. It is left out; `llmadvise bench forget "
    "unreadable` removes it.",
}

BESIDE_RULES = {**_MEASURED, **_MACHINE, **_ENGINE, **_COST, **_CATALOG, **_IMPORT, **_PULL, **_POLICY}
"""Findings that no rule of the ranking gives: what each means."""


def page() -> str:
    """The whole page."""
    return "\n".join((_INTRODUCTION, *_sections())) + "\n"


def _sections() -> Iterator[str]:
    yield from _rules("Rules about models", MODEL_RULES)
    yield from _rules("Rules about files", VARIANT_RULES)
    yield from _rules("Rules about a file on this machine", CASE_RULES)
    yield "## Criteria\n"
    for criterion in CRITERIA:
        yield f"### {criterion.id}\n\n{criterion.summary}\n"
    yield from _findings("Findings about measurements", _MEASURED)
    yield from _findings("Findings about the machine", _MACHINE)
    yield from _findings("Settings that an engine refuses", _ENGINE)
    yield from _findings("Findings about costs", _COST)
    yield from _findings("Findings about a catalog", _CATALOG)
    yield from _findings("Findings about a repository that is imported", _IMPORT)
    yield from _findings("Findings about what is pulled", _PULL)
    yield from _findings("Findings of a license policy", _POLICY)


def _rules(title: str, rules: Sequence[Rule[Any]]) -> Iterator[str]:
    yield f"## {title}\n"
    for rule in rules:
        yield f"### {rule.id}\n\n{rule.summary}\n\nWhy: {rule.why}\n"


def _findings(title: str, table: dict[str, str]) -> Iterator[str]:
    yield f"## {title}\n"
    for id_, meaning in table.items():
        yield f"### {id_}\n\n{meaning}\n"
