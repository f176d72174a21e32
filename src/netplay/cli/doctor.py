"""``netplay doctor``."""

from __future__ import annotations

from dataclasses import asdict

import click

from netplay.cli.options import json_option
from netplay.cli.output import show_json
from netplay.errors import HostError


@click.command("doctor")
@json_option
def command(as_json: bool) -> int:
    """Say what this computer lacks, and what mends it.

    \b
    netplay doctor
    netplay doctor --json | jq -r '.findings[] | select(.ok | not) | .fix'

    It tries what a lab does, and leaves nothing behind. The exit status is 0 when nothing is
    missing, else 3.
    """
    from netplay.kernel import doctor
    from netplay.paths import cache_directory

    findings = doctor.diagnose(cache_directory())
    good = all(finding.ok for finding in findings)
    if as_json:
        show_json({"schema": 1, "ok": good, "findings": [asdict(finding) for finding in findings]})
    else:
        print(doctor.report(findings))
    return 0 if good else HostError.exit_status
