"""The lessons' engine: a chapter is a folder, its transcripts are tests.

    README.md ──parse──► Transcripts ──plan──► who continues what ──run──► what was printed
                              │                                                   │
                              └──────────────────── compare ◄─────────────────────┘

`parse`, `plan`, `screen`, `masks` and `compare` are pure; `run` drives a lab, or anything else
that can start a program on a terminal (`machines`). docs/lessons.md is the author's manual.
"""
