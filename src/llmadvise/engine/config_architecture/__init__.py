"""From a model's config.json to its architecture: by mechanism, with the class defaults that a saved config leaves out.

A config says most dimensions under one of several names, says some only in its class, and says how layers remember in a
dozen ways. Each module here reads one mechanism. What no key says is None and a finding.
"""
