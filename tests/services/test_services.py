"""What holds for every service, wherever the playground runs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netplay import Network, load, playground
from netplay.errors import TopologyError
from netplay.services import SERVICES, by_name, check
from netplay.services.service import Context, File
from tests.services.contexts import context


def uses() -> Iterator[Context]:
    for node in playground().computers:
        for use in node.services:
            yield context(node.name, use.name)


USES = list(uses())
IDS = [f"{there.node.name}/{there.use.name}" for there in USES]


def test_a_service_is_found_by_its_name() -> None:
    for name, service in SERVICES.items():
        assert service.name == name
        assert by_name(name) is service


def test_an_unknown_service_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(TopologyError) as caught:
        by_name("ngnix", "nodes.www.services[0]")
    assert str(caught.value) == (
        "nodes.www.services[0]: no service is called 'ngnix'; did you mean 'nginx'?"
    )


def test_the_playground_or_an_example_runs_every_service_there_is() -> None:
    files = sorted((Path(__file__).parents[2] / "examples").glob("*/*.clab.yml"))
    nodes = [node for file in files for node in load(file).computers]
    in_examples = {use.name for node in nodes for use in node.services}
    assert {there.use.name for there in USES} | in_examples == set(SERVICES)


def all_files(there: Context) -> tuple[File, ...]:
    service = by_name(there.use.name)
    return (*service.shared(there.topology, there.credentials), *service.files(there))


@pytest.mark.parametrize("there", USES, ids=IDS)
def test_files_are_pure_and_each_path_is_there_once(there: Context) -> None:
    files = all_files(there)
    assert files == all_files(there)
    paths = [file.path for file in files]
    assert len(paths) == len(set(paths))


@pytest.mark.parametrize("there", USES, ids=IDS)
def test_folders_can_be_entered_by_their_owner(there: Context) -> None:
    for file in all_files(there):
        if file.content is None and file.link is None:
            assert file.mode & 0o100, f"{file.path} has mode {file.mode:o}: 0644 is for files"


@pytest.mark.parametrize("there", USES, ids=IDS)
def test_private_keys_are_not_for_everybody(there: Context) -> None:
    for file in all_files(there):
        content = file.content if isinstance(file.content, str) else ""
        if "PRIVATE KEY-----" in content:
            assert not file.mode & 0o007, file.path


@pytest.mark.parametrize("there", USES, ids=IDS)
def test_a_service_is_started_by_a_whole_path(there: Context) -> None:
    assert by_name(there.use.name).argv(there)[0].startswith("/")


@pytest.mark.parametrize("there", USES, ids=IDS)
def test_silence_is_no_answer(there: Context) -> None:
    for probe in by_name(there.use.name).probes(there):
        assert not re.match(probe.expect, b"")
        assert probe.what


def test_a_service_or_a_setting_that_is_not_there_is_refused_before_anything_is_started() -> None:
    network = Network("two")
    network.host("a", services=["ngnix", {"dns": {"zone": []}}])
    network.host("b")
    network.link("a", "b")
    with pytest.raises(TopologyError) as caught:
        check(network.topology())
    assert str(caught.value).splitlines() == [
        "nodes.a.services.ngnix: no service is called 'ngnix'; did you mean 'nginx'?",
        "nodes.a.services.dns.zone: unknown key 'zone'; did you mean 'zones'?",
    ]
    check(playground())
