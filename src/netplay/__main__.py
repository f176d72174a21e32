"""``python -m netplay`` is ``netplay``."""

from netplay.cli import main

main()
