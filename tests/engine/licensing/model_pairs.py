"""Published models under uses: what a careful reader of the licenses would say, by which clause, in whose words.

Each row is read from the quotes and clauses in catalog/licenses and the line of descent, never from a run. A quote is the
license's own words, as the catalog has them; rows without one rest on a clause that the catalog tells without quoting.
Nothing here is legal advice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from llmadvise.domain.policy import Money, UseFacts, UsersAtRelease

WORK = UseFacts(commercial=True, distributes_weights=False, trains_on_outputs=False)
PRIVATE = replace(WORK, commercial=False)
RESEARCH = replace(PRIVATE, research_only=True)
INSIDE = replace(WORK, internal_only=True, offers_model_as_a_service=False)
PUBLIC = replace(WORK, internal_only=False)


class Pair(NamedTuple):
    """One row."""

    model: str
    use: UseFacts
    verdict: str
    by: tuple[str, str | None] | None = None
    """License and clause that close it or leave it open."""
    quote: str | None = None
    due: frozenset[str] = frozenset()
    """Among the duties that are due, or may be."""
    not_due: frozenset[str] = frozenset()
    asks: frozenset[str] = frozenset()
    """Facts that are asked for, all of them."""


def few(use: UseFacts, *licenses: str, users: int = 1000) -> UseFacts:
    """So many users when these versions were released."""
    counted = tuple(UsersAtRelease(license=license_, users=users) for license_ in licenses)
    return replace(use, monthly_users_at_release=counted)


def usd(amount: int) -> Money:
    return Money(amount=amount)


def row(  # noqa: PLR0917 - a row of a table
    model: str,
    use: UseFacts,
    verdict: str,
    by: tuple[str, str | None] | None = None,
    quote: str | None = None,
    due: str = "",
    not_due: str = "",
    asks: str = "",
) -> Pair:
    words = (frozenset(text.split()) for text in (due, not_due, asks))
    return Pair(model, use, verdict, by, quote, *words)


MORE = 700_000_001
META = "greater than 700 million monthly active users in the preceding calendar month, you must request a license from Meta"
EU = "an individual domiciled in, or a company with a principal place of business in, the European Union"
END = "Acceptable Use Policy, closing paragraph"
NAME = "you shall also include “Llama” at the beginning of any such AI model name"
IMPROVE = "You will not use the Llama Materials or any output or results of the Llama Materials to improve any other large language model"
LLAMA1 = "or any data produced by the Software), in whole or in part, for (i) any commercial or production purposes"
QWEN_USERS = (
    "If you are commercially using the Materials, and your product or service has more than 100 million monthly "
    "active users, you shall request a license from us"
)
MISTRAL = "You are not authorized to exercise any rights under this license if the global consolidated monthly revenue of your company"
K3 = "must enter into a separate agreement with Moonshot AI before using the Software or its derivative works for any commercial purpose"
HUNYUAN = "DOES NOT APPLY IN THE EUROPEAN UNION, UNITED KINGDOM AND SOUTH KOREA"
LFM = "Free if your annual revenue is under $10M USD. Paid license required above that"
MINICPM = "edge-side devices not exceeding 5,000 units, or provide applications with a daily active user count (DAU) of less than 1 million"
M3 = "generate more than 20 million US dollars (or equivalent in other currencies) in yearly revenue"
FLASH = "the licensee shall obtain a separate license from Qwen before Using the Software or its derivative works for any commercial purpose"

LLAMA_31 = "meta-llama/llama-3.1-8b-instruct"
QWEN_72 = "qwen/qwen2.5-72b-instruct"
MEDIUM = "mistralai/mistral-medium-3.5-128b"
MINICPM_V = "openbmb/minicpm-v-2_6"
LFM2 = "liquidai/lfm2-1.2b"
BAICHUAN = "baichuan-inc/baichuan2-13b-chat"
STABLE = "stabilityai/stablelm-2-12b-chat"
SEED = "naver-hyperclovax/hyperclovax-seed-text-instruct-1.5b"
VISION = "meta-llama/llama-3.2-11b-vision-instruct"
STABLE_ID, SEED_ID, BAICHUAN_ID, HUNYUAN_ID = (
    "stabilityai-ai-community", "hyperclovax-seed", "baichuan2-community", "tencent-hunyuan-community",
)  # fmt: skip
COUNTED = few(WORK, SEED_ID)

THRESHOLDS = [
    row(LLAMA_31, few(WORK, "llama3.1", users=MORE - 1), "allowed", due="display-text name-prefix", not_due="notice-file license-copy"),
    row(LLAMA_31, few(WORK, "llama3.1", users=MORE), "denied", ("llama3.1", "2"), META),
    row(LLAMA_31, few(PRIVATE, "llama3.1", users=MORE), "denied", ("llama3.1", "2"), META),
    row(LLAMA_31, replace(few(WORK, "llama3.1", users=MORE), agreements=("llama3.1",)), "allowed"),
    row(LLAMA_31, WORK, "unknown", ("llama3.1", "2"), META, asks="monthly_users_at_release"),
    row("meta-llama/llama-3.2-1b-instruct", few(WORK, "llama3.1"), "unknown", ("llama3.2", "2"), META, asks="monthly_users_at_release"),
    row(QWEN_72, replace(WORK, monthly_users=100_000_001), "denied", ("qwen", "4"), QWEN_USERS),
    row(QWEN_72, replace(WORK, monthly_users=100_000_000), "allowed", due="display-text"),
    row(QWEN_72, replace(PRIVATE, monthly_users=100_000_001), "allowed"),
    row(QWEN_72, replace(WORK, group_monthly_users=90_000_000), "allowed"),
    row(QWEN_72, replace(WORK, group_monthly_users=190_000_000), "unknown", ("qwen", "4"), QWEN_USERS, asks="monthly_users"),
    row(MEDIUM, replace(WORK, group_monthly_revenue=usd(20_000_001)), "denied", ("mistral-modified-mit", "2"), MISTRAL),
    row(MEDIUM, replace(PRIVATE, group_monthly_revenue=usd(20_000_001)), "denied", ("mistral-modified-mit", "2"), MISTRAL),
    row(MEDIUM, replace(WORK, monthly_revenue=usd(25_000_000)), "denied", ("mistral-modified-mit", "2"), MISTRAL),
    row(MEDIUM, replace(WORK, monthly_revenue=usd(1_000_000)), "unknown", ("mistral-modified-mit", "2"), MISTRAL, asks="group_monthly_revenue"),
    row("mistralai/devstral-2-123b-instruct-2512", replace(WORK, group_monthly_revenue=usd(20_000_000)), "allowed"),
    row("moonshotai/kimi-k2-instruct", replace(PUBLIC, monthly_users=150_000_000), "allowed", due="display-text"),
    row("moonshotai/kimi-k2-instruct", replace(PUBLIC, monthly_users=5_000_000, product_monthly_revenue=usd(1_000_000)), "allowed", not_due="display-text"),
    row("moonshotai/kimi-k2-instruct", replace(PUBLIC, monthly_users=5_000_000), "allowed", due="display-text"),
    row("moonshotai/kimi-k3", replace(PUBLIC, offers_model_as_a_service=True, group_annual_revenue=usd(10**9)), "denied", ("kimi-k3", "2"), K3),
    row("moonshotai/kimi-k3", replace(PUBLIC, offers_model_as_a_service=True, annual_revenue=usd(30_000_000)), "denied", ("kimi-k3", "2"), K3),
    row("moonshotai/kimi-k3", replace(PUBLIC, offers_model_as_a_service=True, group_annual_revenue=usd(20_000_000)), "allowed"),
    row("moonshotai/kimi-k3", INSIDE, "allowed", not_due="display-text license-copy"),
    row("moonshotai/kimi-k3", WORK, "unknown", ("kimi-k3", "2"), K3, asks="internal_only offers_model_as_a_service group_annual_revenue"),
    row("zai-org/glm-5.3", replace(PUBLIC, offers_model_as_a_service=True, group_annual_revenue=usd(10_000_000_001)), "denied", ("glm-5.3", "2"), "the Licensee must pass Z.AI’s security review before using the Software or its derivative works for any commercial purpose"),
    row("zai-org/glm-5.3", replace(PUBLIC, offers_model_as_a_service=True, group_annual_revenue=usd(9_000_000_000)), "allowed"),
    row("qwen/qwen3.8-2.4t-a95b", replace(PUBLIC, ai_coding_or_office_product=True, group_annual_revenue=usd(60_000_000)), "denied", ("qwen3.8-max", "2")),
    row("qwen/qwen3.8-2.4t-a95b", INSIDE, "allowed"),
    row("qwen/qwen3.8-flash-next", replace(PUBLIC, offers_model_as_a_service=True), "denied", ("qwen-community-1.0", "2"), FLASH),
    row("qwen/qwen3.8-flash-next", replace(PUBLIC, offers_model_as_a_service=False, ai_coding_or_office_product=False), "allowed"),
    row(LFM2, replace(WORK, annual_revenue=usd(10_000_000)), "denied", ("lfm1.0", "commercial use section"), LFM),
    row(LFM2, replace(WORK, annual_revenue=usd(9_999_999)), "allowed", not_due="attribution"),
    row(LFM2, PRIVATE, "allowed"),
    row("novachronoai/lfm2.5-1.2b-nova-function-calling-gguf", replace(WORK, annual_revenue=usd(10_000_001)), "denied", ("lfm1.0", "commercial use section"), LFM),
    row("ai21labs/ai21-jamba-mini-1.6", replace(WORK, group_annual_revenue=usd(50_000_000), offers_model_as_a_service=False), "allowed", due="attribution"),
    row("ai21labs/ai21-jamba-mini-1.6", replace(WORK, group_annual_revenue=usd(50_000_001)), "denied", ("jamba-open-model-license", None)),
    row(STABLE, replace(WORK, group_annual_revenue=usd(2_000_000), agreements=(STABLE_ID,)), "denied", (STABLE_ID, "III"), "generate more than USD $1,000,000 in annual revenue"),
    row(STABLE, replace(WORK, group_annual_revenue=usd(500_000), agreements=()), "denied", (STABLE_ID, "III"), "If You are using or distributing the Stability AI Materials for a Commercial Purpose, You must register with Stability AI"),
    row(STABLE, replace(WORK, group_annual_revenue=usd(500_000), agreements=(STABLE_ID,)), "allowed", due="display-text"),
    row("minimaxai/minimax-m3", replace(WORK, product_annual_revenue=usd(21_000_000)), "denied", ("minimax-community", "2.2"), M3),
    row("minimaxai/minimax-m3", replace(WORK, product_annual_revenue=usd(1_000_000)), "allowed", due="notification display-text"),
    row("minimaxai/minimax-m3", replace(WORK, annual_revenue=usd(20_000_000)), "allowed"),
    row("minimaxai/minimax-m3", replace(WORK, annual_revenue=usd(21_000_000)), "unknown", ("minimax-community", "2.2"), M3, asks="product_annual_revenue"),
    row("minimaxai/minimax-m3", PRIVATE, "allowed", not_due="notification display-text"),
    row(BAICHUAN, replace(WORK, daily_users=1_000_000, provides_software_or_cloud_services=False, agreements=(BAICHUAN_ID,)), "denied", (BAICHUAN_ID, "README condition 1")),
    row(BAICHUAN, replace(WORK, daily_users=999_999, provides_software_or_cloud_services=True, agreements=(BAICHUAN_ID,)), "denied", (BAICHUAN_ID, "README")),
    row(BAICHUAN, replace(WORK, daily_users=999_999, provides_software_or_cloud_services=False, agreements=(BAICHUAN_ID,)), "allowed"),
    row(MINICPM_V, replace(WORK, agreements=("minicpm",), daily_users=2_000_000, edge_devices=10_000), "denied", ("minicpm", "3"), MINICPM),
    row(MINICPM_V, replace(WORK, agreements=("minicpm",), daily_users=2_000_000, edge_devices=0), "unknown", ("minicpm", "3"), MINICPM),
    row(MINICPM_V, replace(WORK, agreements=("minicpm",), daily_users=900_000, edge_devices=5_000), "allowed", due="display-text name-prefix"),
    row(SEED, few(WORK, SEED_ID, users=10_000_001), "denied", (SEED_ID, "4(i)"), "greater than 10 million monthly active users in the preceding calendar month"),
    row(SEED, replace(COUNTED, competes_with=(SEED_ID,)), "denied", (SEED_ID, "4(ii)"), "substantially similar to or directly competes with any product and service provided by NAVER"),
    row(SEED, COUNTED, "unknown", (SEED_ID, "4(ii)"), asks="competes_with"),
    row(SEED, replace(COUNTED, competes_with=()), "allowed", due="display-text name-prefix"),
    row("databricks/dbrx-instruct", few(WORK, "databricks-open-model-license", users=MORE), "denied", ("databricks-open-model-license", "3")),
    row("tiiuae/falcon-180b-chat", replace(PRIVATE, offers_model_as_a_service=True), "denied", ("falcon-180b-tii", "9")),
    row("tiiuae/falcon-180b-chat", replace(WORK, offers_model_as_a_service=False), "allowed", due="acceptable-use-policy"),
    row("zai-org/glm-4-9b-chat", replace(WORK, agreements=()), "denied", ("glm-4", "2"), "Registered users are free to use this model for commercial activities, but must comply with all terms"),
    row("zai-org/glm-4-9b-chat", replace(WORK, agreements=("glm-4",)), "allowed", due="display-text name-prefix"),
    row("internlm/internlm2_5-7b-chat", WORK, "unknown", ("internlm", "README"), asks="agreements"),
]  # fmt: skip

TERRITORY = [
    row(VISION, replace(few(WORK, "llama3.2"), domicile=("DE",)), "denied", ("llama3.2", END), EU),
    row(VISION, replace(few(WORK, "llama3.2"), domicile=("CH", "GB", "US")), "allowed", due="display-text"),
    row(VISION, few(WORK, "llama3.2"), "unknown", ("llama3.2", END), EU, asks="domicile"),
    row("neuralmagic/llama-3.2-11b-vision-instruct-fp8-dynamic", replace(few(WORK, "llama3.2"), domicile=("FR",)), "denied", ("llama3.2", END), EU),
    row("meta-llama/llama-3.2-3b-instruct", replace(few(WORK, "llama3.2"), domicile=("DE",)), "allowed"),
    row("meta-llama/llama-3.3-70b-instruct", replace(few(WORK, "llama3.3"), domicile=("EU",)), "allowed"),
    row("meta-llama/llama-4-scout-17b-16e-instruct", replace(few(PRIVATE, "llama4"), domicile=("FR",)), "denied", ("llama4", END), EU),
    row("meta-llama/llama-4-scout-17b-16e-instruct", replace(few(WORK, "llama4"), domicile=("US",), territories=("US", "DE")), "allowed"),
    row("tencent/hunyuan-a13b-instruct", replace(few(PRIVATE, HUNYUAN_ID), territories=("US", "KR")), "denied", (HUNYUAN_ID, "1.l, 5.c"), HUNYUAN),
    row("tencent/hunyuan-7b-instruct", replace(few(WORK, HUNYUAN_ID), territories=("GB",)), "denied", (HUNYUAN_ID, "1.l, 5.c"), HUNYUAN),
    row("tencent/hunyuan-7b-instruct", replace(few(WORK, HUNYUAN_ID), territories=("US", "JP")), "allowed", not_due="notice-file"),
    row("tencent/hunyuan3d-2", replace(few(WORK, "tencent-hunyuan-3d-2.0", users=1_000_001), territories=("JP",)), "denied", ("tencent-hunyuan-3d-2.0", "4")),
    row("minimaxai/minimax-h3", replace(PRIVATE, territories=("US",)), "denied", ("minimax-h3-community", "I.5"), "the European Union, the United Kingdom, the Republic of Korea and the United States of America"),
    row("minimaxai/minimax-h3", replace(WORK, territories=("JP",)), "unknown", ("minimax-h3-community", None)),
]  # fmt: skip

OUTPUTS = [
    row("meta-llama/meta-llama-3-8b-instruct", replace(few(WORK, "llama3"), trains_on_outputs=True), "denied", ("llama3", "1.b.v"), IMPROVE),
    row("lmsys/vicuna-7b-v1.5", replace(few(WORK, "llama2"), trains_on_outputs=True), "denied", ("llama2", "1.b.v"), IMPROVE),
    row("meta-llama/meta-llama-3-8b-instruct", replace(few(WORK, "llama3"), trains_on_outputs=None), "unknown", ("llama3", "1.b.v"), IMPROVE, asks="trains_on_outputs"),
    row(LLAMA_31, replace(few(WORK, "llama3.1"), trains_on_outputs=True), "allowed", None, NAME, due="name-prefix output-training"),
    row("qwen/qwen1.5-14b-chat", replace(WORK, monthly_users=5, trains_on_outputs=True), "denied", ("tongyi-qianwen", "5.b"), "You can not use the Materials or any output therefrom to improve any other large language model"),
    row(QWEN_72, replace(WORK, monthly_users=5, trains_on_outputs=True), "allowed", due="display-text"),
    row("tencent/hunyuan-7b-instruct", replace(few(WORK, HUNYUAN_ID), territories=("US",), trains_on_outputs=True), "denied", (HUNYUAN_ID, "5.b")),
    row("google/gemma-3-27b-it", replace(WORK, trains_on_outputs=True), "allowed", due="derivative-by-outputs acceptable-use-policy pass-on-restrictions"),
    row("deepseek-ai/deepseek-v2-lite", replace(WORK, trains_on_outputs=True), "allowed", due="derivative-by-outputs acceptable-use-policy"),
    row("deepseek-ai/deepseek-r1", replace(WORK, trains_on_outputs=True), "allowed"),
    row("databricks/dbrx-instruct", replace(few(WORK, "databricks-open-model-license"), trains_on_outputs=True), "denied", ("databricks-open-model-license", "2.3"), "You will not use DBRX or DBRX Derivatives or any Output to improve any other large language model"),
    row("xai-org/grok-2", replace(WORK, trains_on_outputs=True), "denied", ("grok2-community", "2.b"), "to train, create, or improve any foundational, large language, or general-purpose AI models"),
    row("xai-org/grok-2", WORK, "allowed", due="acceptable-use-policy"),
    row(MINICPM_V, replace(PRIVATE, trains_on_outputs=True), "denied", ("minicpm", "2 (4th bullet)"), "You may not use MiniCPM series models or their outputs and results to improve any other large language models"),
    row(STABLE, replace(PRIVATE, trains_on_outputs=True), "denied", (STABLE_ID, "IV.b"), "to create or improve any foundational generative AI model (excluding the Models or Derivative Works)"),
    row("lgai-exaone/exaone-3.5-7.8b-instruct", replace(RESEARCH, trains_on_outputs=True), "denied", ("exaone-1.1-nc", "3.1, 4.2"), "shall not use the Model, Derivatives or Output to develop or improve other models"),
    row("facebook/opt-125m", replace(RESEARCH, trains_on_outputs=True), "allowed", None, LLAMA1, due="output-training"),
    row("bigcode/starcoder2-7b", replace(WORK, trains_on_outputs=True), "allowed", due="derivative-by-outputs pass-on-restrictions"),
    row("ai21labs/ai21-jamba-mini-1.6", replace(WORK, group_annual_revenue=usd(1), trains_on_outputs=True), "unknown", ("jamba-open-model-license", None)),
]  # fmt: skip

INHERITED = [
    row("deepseek-ai/deepseek-r1-distill-llama-8b", few(WORK, "llama3.1"), "allowed", due="display-text name-prefix", not_due="notice-file"),
    row("deepseek-ai/deepseek-r1-distill-llama-8b", replace(few(WORK, "llama3.1"), distributes_weights=True), "allowed", due="display-text name-prefix notice-file license-copy"),
    row("deepseek-ai/deepseek-r1-distill-llama-8b", WORK, "unknown", ("llama3.1", "2"), META, asks="monthly_users_at_release"),
    row("deepseek-ai/deepseek-r1-distill-llama-70b", few(WORK, "llama3.3", users=MORE), "denied", ("llama3.3", "2"), META),
    row("deepseek-ai/deepseek-r1-distill-llama-70b", few(WORK, "llama3.1"), "unknown", ("llama3.3", "2"), META),
    row("mradermacher/deepseek-r1-distill-llama-70b-gguf", few(WORK, "llama3.3", users=MORE), "denied", ("llama3.3", "2"), META),
    row("docker:ai/deepseek-r1-distill-llama", few(WORK, "llama3.3"), "allowed", due="acceptable-use-policy"),
    row("deepseek-ai/deepseek-r1-distill-qwen-7b", WORK, "allowed", not_due="attribution"),
    row("deepseek-ai/deepseek-r1-distill-qwen-7b", replace(WORK, distributes_weights=True), "allowed", due="attribution"),
    row("nousresearch/hermes-3-llama-3.1-8b", few(WORK, "llama3"), "unknown", ("llama3.1", "2"), META),
    row("nousresearch/hermes-3-llama-3.1-8b", few(WORK, "llama3", "llama3.1"), "allowed", due="display-text name-prefix"),
    row("tloen/alpaca-lora-7b", WORK, "denied", ("llama1", "1a, 2a(i)"), LLAMA1),
    row("tloen/alpaca-lora-7b", PRIVATE, "unknown", ("llama1", "1a, 2a(i)"), asks="research_only"),
    row("tloen/alpaca-lora-7b", RESEARCH, "allowed", due="acceptable-use-policy"),
    row("lmsys/vicuna-13b-delta-v1.1", WORK, "denied", ("llama1", "1a, 2a(i)"), LLAMA1),
    row("lmsys/vicuna-7b-v1.3", WORK, "denied", ("llama1", "1a, 2a(i)"), LLAMA1),
    row("vidore/colqwen2.5-v0.2", WORK, "denied", ("qwen-research", "2.b"), due="display-text"),
    row("madeagents/hammer2.0-3b", WORK, "denied", ("qwen-research", "2.b")),
    row("madeagents/hammer2.0-3b", RESEARCH, "allowed", due="display-text"),
    row("tencent/points-reader", WORK, "denied", ("qwen-research", "2.b")),
    row("redhatai/pixtral-large-instruct-2411-hf-quantized.w4a16", WORK, "denied", ("mrl", "preamble, 2-3"), "any purpose that is not expressly authorized under this Agreement, You must request a license from Mistral AI"),
    row("nexusflow/starling-lm-7b-beta", WORK, "unknown", ("apache-2.0", None)),
    row("knutjaegersberg/qwen-1_8b-llamafied", WORK, "denied", ("tongyi-qianwen-research", "2.b")),
    row("ollama:llava", few(WORK, "llama2"), "allowed", due="acceptable-use-policy", not_due="notice-file"),
    row("ollama:llava", few(WORK, "llama2", users=MORE), "denied", ("llama2", "2"), META),
    row("teknium/openhermes-2.5-mistral-7b", WORK, "allowed"),
    row("tokyotech-llm/llama-3.1-swallow-8b-instruct-v0.5", few(WORK, "llama3.1"), "allowed", due="pass-on-restrictions display-text derivative-by-outputs"),
    row("nvidia/nvidia-nemotron-nano-12b-v2", WORK, "allowed", due="display-text", not_due="notice-file"),
]  # fmt: skip

CLOSED = [
    row("qwen/qwen2.5-3b-instruct", WORK, "denied", ("qwen-research", "2.b")),
    row("qwen/qwen2.5-3b-instruct", PRIVATE, "unknown", ("qwen-research", None), asks="research_only"),
    row("qwen/qwen2.5-3b-instruct", RESEARCH, "allowed", due="display-text"),
    row("qwen/qwen2.5-3b-instruct", replace(RESEARCH, commercial=None), "unknown", ("qwen-research", "2.b"), asks="agreements commercial"),
    row("mistralai/ministral-8b-instruct-2410", replace(RESEARCH, commercial=None), "unknown", ("mrl", "preamble, 2-3"), asks="agreements commercial"),
    row("mistralai/ministral-8b-instruct-2410", replace(WORK, agreements=("mrl",)), "allowed"),
    row("mistralai/codestral-22b-v0.1", WORK, "denied", ("mnpl", "3.2"), "for testing, research, Personal, or evaluation purposes in Non-Production Environments"),
    row("mistralai/codestral-22b-v0.1", PRIVATE, "allowed"),
    row("facebook/opt-125m", WORK, "denied", ("opt-175b", "1a, 2a(i)"), LLAMA1),
    row("upstage/solar-10.7b-instruct-v1.0", WORK, "denied", ("cc-by-nc-4.0", "2(a)(1)"), "for NonCommercial purposes only"),
    row("coherelabs/c4ai-command-r-v01", WORK, "denied", ("cohere-cc-by-nc-aup", "CC BY-NC 2(a)(1)")),
    row("minimaxai/minimax-m2.7", WORK, "denied", ("minimax-noncommercial", "3"), "is prohibited without obtaining a separate, prior written authorization from MiniMax"),
    row("microsoft/orca-2-13b", replace(few(RESEARCH, "llama2"), distributes_weights=True), "denied", ("microsoft-research-license", "2e"), "share, publish, distribute or lend The Materials, provide The Materials as a stand-alone hosted solution"),
    row("stabilityai/stablelm-zephyr-3b", replace(PRIVATE, offers_model_as_a_service=True), "denied", ("stability-ai-nc-research", "1.b")),
    row("google/medgemma-4b-it", WORK, "unknown", ("health-ai-developer-foundations", None)),
    row("minimaxai/minimax-m2.5", WORK, "unknown", ("minimax-modified-mit", None)),
    row("lgai-exaone/k-exaone-236b-a23b", WORK, "unknown", ("other", None)),
]  # fmt: skip

PAIRS = [*THRESHOLDS, *TERRITORY, *OUTPUTS, *INHERITED, *CLOSED]
