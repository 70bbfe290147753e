"""How much of a header is read and kept, so that no file can cost more than a second and 200 MB.

Each limit is several times what the largest published models need: about 515,000 merges and 262,000 tokens in 16 MB
(Gemma 3 and 4), 1,100 tensors (DeepSeek-V3), 100 metadata entries, chat templates of 100 KB.
"""

from __future__ import annotations

from typing import Final

MOST_HEADER_BYTES: Final = 256 << 20
"""From the first byte of the file to the first tensor's data."""
MOST_HEADERS_BYTES: Final = 1 << 30
"""The same of all files of a split model together: each may say what the first says, but need not be read for hours."""
MOST_ENTRIES: Final = 1 << 14
"""Metadata entries."""
MOST_TENSORS: Final = 1 << 16
"""Tensors of a model, all shards together; one file an expert would still fit."""
MOST_TEXTS: Final = 1 << 21
"""Texts in all arrays: each must be walked over, as none says where the next but one begins."""
MOST_KEPT_BYTES: Final = 8 << 20
"""Bytes of keys, names and values that are kept."""
LONGEST_NAME: Final = 255
"""Bytes of a tensor's name; ggml allows 63, some builds 127."""
LONGEST_KEY: Final = 65535
"""Bytes of a metadata key, as the GGUF specification has it."""
LONGEST_KEPT_TEXT: Final = 1 << 20
"""Longer texts, such as a whole tokenizer as JSON, are summarised."""
LONGEST_KEPT_ARRAY: Final = 4096
"""Numbers of an array that is kept: enough for one a layer."""
LONGEST_KEPT_TEXTS: Final = 256
"""Texts of an array that is kept, such as tags and languages."""
MOST_KEPT_ITEMS: Final = 1 << 18
"""Items of all arrays that are kept."""
MOST_DIMENSIONS: Final = 4
"""GGML_MAX_DIMS."""
MOST_SHARDS: Final = 1024
"""Files of a split model; the largest published have about 200."""
