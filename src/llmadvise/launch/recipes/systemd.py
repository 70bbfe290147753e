"""A systemd unit: it fetches and proves the files, then serves them, as a user of its own with little else in reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from llmadvise.domain.hardware import Backend
from llmadvise.errors import LLMAdviseError
from llmadvise.launch.recipes.download import download_script
from llmadvise.launch.recipes.serving import LOCALHOST, Serving, comments, server_words

_DEVICES: Final = {
    Backend.CUDA: ("char-nvidia", "char-nvidia-uvm", "char-nvidia-caps"),
    Backend.ROCM: ("char-kfd", "char-drm"),
    Backend.VULKAN: ("char-drm", "char-nvidia"),
    Backend.SYCL: ("char-drm",),
}
"""As /proc/devices names them."""
_HARDENED: Final = (
    "DynamicUser=yes",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "ProtectProc=invisible",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProtectKernelLogs=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelTunables=yes",
    "ProtectControlGroups=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
    "UMask=0022",
)
_PROGRAMS: Final = "/usr/local/bin"
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "$": "$$", "%": "%%"}


def systemd(serving: Serving) -> str:
    """The unit. Raises LLMAdviseError for several nodes."""
    if serving.nodes > 1:
        raise LLMAdviseError("a unit starts one machine, and this takes several", "Try --emit k8s, compose or script.")
    state = f"/var/lib/{serving.name}"
    words = server_words(serving, state, LOCALHOST)
    program, *arguments = words
    lines = [*(f"# {line}".rstrip() for line in (*comments(serving), *_how(serving, program))), "[Unit]"]
    lines += [f"Description={_specified(serving.name)} with {serving.plan.runtime.name}", "After=network-online.target"]
    lines += ["Wants=network-online.target", "", "[Service]", "Type=exec"]
    script = download_script(
        serving, "$STATE_DIRECTORY", credential=f"/run/credentials/{serving.name}.service/hf-token"
    )
    lines.append(f"ExecStartPre=/bin/sh -c {word(script)}")
    lines.append(f"ExecStart={_PROGRAMS}/{program} {' '.join(map(word, arguments))}")
    lines += ["TimeoutStartSec=infinity", "Restart=on-failure", "RestartSec=5", f"StateDirectory={serving.name}"]
    lines += [f"WorkingDirectory={state}", "Environment=HF_HUB_OFFLINE=1", f"Environment=HOME={state}"]
    if serving.gated:
        lines.append("LoadCredential=hf-token:/etc/credstore/hf-token")
    lines += [*_limits(serving), *_HARDENED, "", "[Install]", "WantedBy=multi-user.target"]
    return "\n".join(lines) + "\n"


def _how(serving: Serving, program: str) -> Iterable[str]:
    yield ""
    yield f"Keep it as /etc/systemd/system/{serving.name}.service; then: systemctl enable --now {serving.name}"
    yield f"It starts {_PROGRAMS}/{program}: change that if it lies elsewhere."
    if serving.gated:
        yield "Before that: the Hub's token in /etc/credstore/hf-token, readable by root alone."
    yield f"Then: {serving.endpoint}"


def _limits(serving: Serving) -> list[str]:
    lines = []
    if serving.ram_bytes is not None:
        lines.append(f"MemoryMax={serving.ram_bytes}")
    if serving.backend in _DEVICES:
        lines += ["DevicePolicy=closed", *(f"DeviceAllow={name} rw" for name in _DEVICES[serving.backend])]
        lines.append("SupplementaryGroups=video render")
    else:
        lines.append("PrivateDevices=yes")
    if serving.backend is Backend.CUDA:
        # The numbers are those of the bus; without the first line CUDA counts from the fastest card.
        lines.append("Environment=CUDA_DEVICE_ORDER=PCI_BUS_ID")
        lines.append(f"Environment=CUDA_VISIBLE_DEVICES={','.join(map(str, serving.gpus))}")
    if serving.backend is Backend.ROCM:
        lines.append(f"Environment=HIP_VISIBLE_DEVICES={','.join(map(str, serving.gpus))}")
    return lines


def word(text: str) -> str:
    """One word of a command line, in the quotes of systemd: no variable, no specifier, no escape of its own."""
    return '"' + "".join(map(_letter, text)) + '"'


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    return letter if letter.isprintable() else "".join(f"\\x{byte:02x}" for byte in letter.encode())


def _specified(text: str) -> str:
    return text.replace("%", "%%")
