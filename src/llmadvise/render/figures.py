"""Numbers as people read them: memory in GiB, downloads in GB, tokens in binary thousands, speeds in two digits."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from llmadvise.domain.assessment import SpeedEstimate
from llmadvise.domain.estimate import Basis, Estimate
from llmadvise.units import GB, GIB, MIB

UNKNOWN = "unknown"


def gib(size: float | None) -> str:
    """Memory: `9.9 GiB`, or `38 MiB` below a twentieth of a GiB."""
    if size is None:
        return UNKNOWN
    if 0 < abs(size) < GIB / 20:
        return f"{size / MIB:.0f} MiB"
    return f"{gib_number(size)} GiB"


def gib_number(size: float) -> str:
    """Memory in GiB without its unit: `9.9`."""
    return f"{size / GIB:,.1f}"


def gb(size: int | None) -> str:
    """Bytes to download or to keep on disk: `9.0 GB`, or `380 MB` below a tenth of a GB."""
    if size is None:
        return UNKNOWN
    if size < GB // 10:
        return f"{size / 10**6:.0f} MB"
    return f"{size / GB:,.1f} GB"


def counted(count: int, word: str) -> str:
    """A number of things: `1 model`, `1,204 models`."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def file_size(size: int) -> str:
    """Bytes of a file, however small: `9.0 GB`, `134 MB`, `4.1 kB`, `17 bytes`."""
    if size >= GB:
        return gb(size)
    for unit, name in ((10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{amount(size / unit)} {name}"
    return f"{size} bytes"


def bandwidth(rate: int | None) -> str:
    """Bytes a second: `936 GB/s`."""
    return UNKNOWN if rate is None else f"{rate / GB:,.0f} GB/s"


def tokens(count: int | None) -> str:
    """Tokens: `16k` for 16384, `1M` for 1048576, all digits where they are no binary thousands."""
    if count is None:
        return UNKNOWN
    if count >= 1 << 20 and count % (1 << 20) == 0:
        return f"{count >> 20}M"
    if count >= 1 << 10 and count % (1 << 10) == 0:
        return f"{count >> 10}k"
    return f"{count:,}"


def parameters(count: int | None) -> str:
    """Parameters: `14.8B`, `494M`, `1.04T`."""
    if count is None:
        return UNKNOWN
    for unit, letter, digits in ((10**12, "T", 2), (10**9, "B", 1), (10**6, "M", 0)):
        if count >= unit:
            return f"{count / unit:.{digits}f}{letter}"
    return f"{count:,}"


def two_digits(value: float) -> str:
    """Two significant digits: `0.46`, `3.1`, `31`, `1,200`."""
    if value == 0:
        return "0"
    digits = 1 - floor(log10(abs(value)))
    rounded = round(value, digits)
    # Rounding up may have gained a digit: 9.96 becomes 10.
    digits = 1 - floor(log10(abs(rounded)))
    return f"{rounded:,.{max(digits, 0)}f}"


def amount(value: float) -> str:
    """A price, a rate or a number of watts in two digits; all of them from a hundred on."""
    return f"{value:,.0f}" if value >= 100 else two_digits(value)  # noqa: PLR2004 - three digits and more


def speed(estimate: Estimate | None, unit: str = "t/s") -> str:
    """Tokens a second: `~31 t/s`; without the tilde where it was measured."""
    if estimate is None:
        return UNKNOWN
    return f"{approximately(estimate)}{two_digits(estimate.value)} {unit}"


def felt(speed_: SpeedEstimate) -> Estimate | None:
    """The rate to show where there is room for one: of decoding, or of reading where nothing is written."""
    return speed_.decode or speed_.prefill


def felt_unit(speed_: SpeedEstimate, unit: str = "tokens/s") -> str:
    """The unit of that rate."""
    return unit if speed_.decode is not None or speed_.prefill is None else f"{unit} read"


def approximately(estimate: Estimate) -> str:
    """Return a tilde for every number that was not measured or declared."""
    return "" if estimate.basis in {Basis.MEASURED, Basis.DECLARED} else "~"


def speed_with_range(estimate: Estimate | None, unit: str = "t/s") -> str:
    """Tokens a second with the interval: `~31 t/s (20-42)`."""
    if estimate is None or estimate.low == estimate.high:
        return speed(estimate, unit)
    return f"{speed(estimate, unit)} ({two_digits(estimate.low)}-{two_digits(estimate.high)})"


def gib_with_range(estimate: Estimate) -> str:
    """Memory with the interval where there is one: `9.9 GiB (9.6-10.4)`."""
    low, high = gib_number(estimate.low), gib_number(estimate.high)
    if low == high:
        return gib(estimate.value)
    return f"{gib(estimate.value)} ({low}-{high})"


def duration(seconds: float | None) -> str:
    """Seconds, minutes or hours in two digits: `0.42 s`, `3.5 min`."""
    if seconds is None:
        return UNKNOWN
    for unit, name in ((3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{two_digits(seconds / unit)} {name}"
    return f"{two_digits(seconds)} s"


def percent(part: float) -> str:
    """Parts of one: `99.6%`, `100%`."""
    text = f"{part * 100:.1f}".removesuffix(".0")
    return f"{text}%"


def adding_up(parts: Sequence[float], total: float, digits: int = 1) -> list[str]:
    """Round the parts so that, as printed, they add up to the printed total (largest remainders go up).

    Where the parts do not add up to the total in the first place, each is rounded alone and the gap stays visible.
    """
    scale = 10**digits
    scaled = [part * scale for part in parts]
    target = round(total * scale)
    whole = [floor(part) for part in scaled]
    missing = target - sum(whole)
    if 0 <= missing <= len(whole):
        by_remainder = sorted(range(len(whole)), key=lambda index: (whole[index] - scaled[index], index))
        for index in by_remainder[:missing]:
            whole[index] += 1
    else:
        whole = [round(part) for part in scaled]
    return [f"{part / scale:.{digits}f}" for part in whole]
