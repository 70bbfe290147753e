"""The wire types: what `--json` prints, versioned and apart from the domain, so that the domain may move.

A document is own from its top down to the shapes that the contract and the domain share word for word (an estimate, a
finding, a file, a placement); those are taken from `domain`. A frozen copy of every JSON Schema in the tests shows any
change that a domain type brings here.
"""
