"""A tag is no decision: owner, repository, link or text may tell which license is meant, and else it stays open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from llmadvise.domain.catalog import Catalog
from llmadvise.domain.license import Declaration
from llmadvise.engine.licensing.resolve import Said, resolve

META = "https://github.com/meta-llama/llama-models/blob/main/models/llama3_2/LICENSE"


@pytest.mark.parametrize(
    ("said", "candidates"),
    [
        (Said(tag="other", name="modified-mit"), {"kimi-modified-mit", "mistral-modified-mit", "minimax-modified-mit"}),
        (
            Said(tag="other", name="modified-mit", repo="acme/my-model"),
            {"kimi-modified-mit", "mistral-modified-mit", "minimax-modified-mit"},
        ),
        (
            Said(tag="other", name="exaone", repo="LGAI-EXAONE/EXAONE-3.0-7.8B-Instruct"),
            {"exaone-1.1-nc", "exaone-1.2-nc"},
        ),
        (Said(tag="other", name="tongyi-qianwen"), {"tongyi-qianwen", "tongyi-qianwen-research"}),
        (
            Said(tag="other", name="tencent-hunyuan-community"),
            {"tencent-hunyuan-community", "tencent-hunyuan-community-2024", "tencent-hunyuan-3d-2.0"},
        ),
        (Said(tag="openrail"), {"bigscience-openrail-m", "creativeml-openrail-m", "openrail++", "bigcode-openrail-m"}),
        (Said(tag="gpl"), {"gpl-2.0", "gpl-3.0"}),
        (Said(tag="lgpl"), {"lgpl-2.1", "lgpl-3.0"}),
        (Said(tag="other", name="llama"), {"llama1", "llama2"}),
        (Said(tag="other", name="non-commercial", repo="acme/x"), {"minimax-noncommercial"}),
        (Said(tag="other"), set()),
        (Said(), set()),
        (Said(tag="never-heard-of"), set()),
    ],
)
def test_what_does_not_tell_stays_open(catalog: Catalog, said: Said, candidates: set[str]) -> None:
    found = resolve(said, catalog.licenses)
    assert found.id is None
    assert set(found.candidates) == candidates


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        (Said(tag="other", name="modified-mit", repo="moonshotai/Kimi-K2-Instruct"), "kimi-modified-mit"),
        (Said(tag="other", name="modified-mit", repo="unsloth/Kimi-K2-Instruct-GGUF"), "kimi-modified-mit"),
        (Said(tag="other", name="modified-mit", repo="mistralai/Devstral-2"), "mistral-modified-mit"),
        (Said(tag="other", name="modified-mit", repo="MiniMaxAI/MiniMax-M2.1"), "minimax-modified-mit"),
        (Said(tag="cc-by-nc-4.0", repo="CohereLabs/c4ai-command-r-plus"), "cohere-cc-by-nc-aup"),
        (Said(tag="cc-by-nc-4.0", repo="acme/x"), "cc-by-nc-4.0"),
        (Said(tag="cc-by-nc-4.0"), "cc-by-nc-4.0"),
        (Said(tag="apache-2.0", repo="openai/gpt-oss-20b"), "gpt-oss-usage-policy"),
        (Said(tag="apache-2.0", repo="openai/whisper-large-v3"), "apache-2.0"),
        (Said(tag="Apache-2.0"), "apache-2.0"),
        (Said(tag="AGPL-3.0-only"), "agpl-3.0"),
        (Said(tag="other", name="exaone", repo="LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct"), "exaone-1.1-nc"),
        (Said(tag="other", name="exaone", repo="LGAI-EXAONE/EXAONE-Deep-7.8B"), "exaone-1.1-nc"),
        (Said(tag="other", name="exaone", repo="LGAI-EXAONE/EXAONE-4.0-32B"), "exaone-1.2-nc"),
        (Said(tag="other", name="tongyi-qianwen", repo="Qwen/Qwen-72B-Chat"), "tongyi-qianwen"),
        (Said(tag="other", name="tongyi-qianwen", repo="Qwen/Qwen-1_8B-Chat"), "tongyi-qianwen-research"),
        (Said(tag="other", name="tongyi-qianwen-research"), "tongyi-qianwen-research"),
        (Said(tag="other", name="qwen"), "qwen"),
        (Said(tag="other", name="qwen-research"), "qwen-research"),
        (Said(tag="other", name="tencent-hunyuan-community", repo="tencent/Hunyuan3D-2"), "tencent-hunyuan-3d-2.0"),
        (Said(tag="other", name="tencent-hunyuan-community", repo="tencent/Hunyuan-7B-Instruct"), "tencent-hunyuan-community"),
        (Said(tag="other", name="tencent-license", repo="tencent/Tencent-Hunyuan-Large"), "tencent-hunyuan-community-2024"),
        (Said(tag="other", text_sha256="8cc15535a8a34b41888f644b339a1a9eb428af793a4f5e24df58a3e5b1487d74"), "llama3.2"),
        (Said(tag="other", name="nvidia-open-model-license"), "nvidia-open-model-license"),
        (
            Said(tag="other", name="nvidia-open-model-license", link="https://www.nvidia.com/…/nvidia-nemotron-open-model-license/"),
            "nvidia-nemotron-open-model-license",
        ),
        (Said(tag="other", link=META), "llama3.2"),
        (Said(tag="other", name="llama", repo="TheBloke/llama-2-7B-GGUF"), "llama2"),
        (Said(tag="llama3.1", repo="acme/x"), "llama3.1"),
        (Said(tag="LicenseRef-llama3.2"), "llama3.2"),
        (Said(tag="mit", name="modified-mit", repo="moonshotai/Kimi-K2"), "mit"),
    ],
)  # fmt: skip
def test_what_tells(catalog: Catalog, said: Said, id_: str) -> None:
    assert resolve(said, catalog.licenses).id == id_


def test_a_known_text_decides_alone(catalog: Catalog) -> None:
    digest = "ab" * 32
    known = replace(catalog.licenses["mistral-modified-mit"], declared_as=(Declaration(text_sha256=digest),))
    licenses = {**catalog.licenses, known.id: known}
    assert resolve(Said(tag="mit", repo="acme/x", text_sha256=digest), licenses).id == "mistral-modified-mit"


def test_every_id_and_tag_means_its_own_license_or_is_open(catalog: Catalog) -> None:
    """A word never means a text that does not declare it."""
    for id_, text in catalog.licenses.items():
        for word in (id_, *text.tags):
            found = resolve(Said(tag=word), catalog.licenses)
            assert found.id in {id_, None}, word
            assert found.id is not None or id_ in found.candidates or text.category == "unknown", word
