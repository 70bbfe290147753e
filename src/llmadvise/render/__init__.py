"""Turns results into text: one document a result, one format a file. Nothing here prints, computes or looks around."""
