"""Markdown for issues, chats and the summaries of jobs: one module a subject, `documents` knows them all."""
