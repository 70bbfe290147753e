"""One buffer as llama.cpp plans it: best-fit blocks in a space without end (ggml-alloc.c: ggml_dyn_tallocr)."""

from __future__ import annotations

_ENDLESS = 1 << 62


class Arena:
    """Free blocks in the order of their addresses; the last one has no end. `peak` is what the buffer needs."""

    __slots__ = ("_alignment", "_offsets", "_sizes", "peak")

    def __init__(self, alignment: int) -> None:
        self._alignment = alignment
        self._offsets = [0]
        self._sizes = [_ENDLESS]
        self.peak = 0

    def padded(self, size: int) -> int:
        """The size as it is counted."""
        return -(-size // self._alignment) * self._alignment

    def take(self, size: int) -> int:
        """The address of a new block: in the smallest gap that holds it, of equals the last; else at the end."""
        size = self.padded(size)
        sizes = self._sizes
        best, smallest = len(sizes) - 1, _ENDLESS
        for index in range(best):
            free = sizes[index]
            if size <= free <= smallest:
                best, smallest = index, free
        address = self._offsets[best]
        if sizes[best] == size:
            del self._offsets[best], sizes[best]
        else:
            self._offsets[best] += size
            sizes[best] -= size
        self.peak = max(self.peak, address + size)
        return address

    def give_back(self, address: int, size: int) -> None:
        """Free a block, joined with the first free one that it touches, and that one's neighbor."""
        size = self.padded(size)
        offsets, sizes = self._offsets, self._sizes
        end = address + size
        for index, offset in enumerate(offsets):
            if offset + sizes[index] == address:
                sizes[index] += size
                if index + 1 < len(offsets) and end == offsets[index + 1]:
                    sizes[index] += sizes.pop(index + 1)
                    del offsets[index + 1]
                return
            if offset == end:
                offsets[index] = address
                sizes[index] += size
                if index and offsets[index - 1] + sizes[index - 1] == address:
                    sizes[index - 1] += sizes.pop(index)
                    del offsets[index]
                return
        # Blocks of no size may stand out of order, so this is not a binary search.
        index = next((place for place, offset in enumerate(offsets) if offset >= address), len(offsets))
        offsets.insert(index, address)
        sizes.insert(index, size)
