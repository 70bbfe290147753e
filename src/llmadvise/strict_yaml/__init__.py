"""YAML that people write, read strictly: plain values only, each with its line, checked against the dataclasses."""
