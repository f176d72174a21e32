"""./play with planted programs: what it runs, in which order, and what it asks for.

Its PATH has a few tools and a `python3` that writes down what it was asked to do and makes
environments with a `netplay` that says its arguments. The slow test at the end is the real thing.
"""

from __future__ import annotations

import os
import pty
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
TOOLS = (
    "sh cat cksum cmp cp cut env flock head ls mkdir mv readlink rm tail touch".split()  # noqa: SIM905
)

PYTHON = """\
#!/bin/sh
# Stands for Python: writes what it is asked to LOG and obeys FAKE_* in the environment.
case $* in
*'sys.version_info < (3, 11)'*) exit ${FAKE_OLD:-0} ;;
--version) echo "Python 3.9.2"; exit ;;
*'import ensurepip'*) exit ${FAKE_NO_VENV:-0} ;;
*python3-venv*) echo python3-venv; exit ;;
'-m pip --version') exit ;;
*netplay.kernel*) echo "doctor" >>"$LOG"; cat "$LOG.doctor"; exit ${FAKE_DOCTOR:-0} ;;
*dependency-groups*) echo pytest; exit ;;
esac
echo "python $*" >>"$LOG"
case $* in
'-m venv --clear '*)
    mkdir -p "$4/bin"
    touch "$4/pyvenv.cfg"
    cp "$PLANTED/python3" "$4/bin/python3.12"
    rm -f "$4/bin/python"
    cd "$4/bin" && cp python3.12 python
    cp "$PLANTED/netplay" "$4/bin/netplay"
    ;;
'-m pip install'*) exit ${FAKE_PIP:-0} ;;
esac
"""
NETPLAY = """\
#!/bin/sh
echo "netplay has $# arguments"
for argument; do echo "<$argument>"; done
[ -n "$NETPLAY_TYPED" ] || echo "nobody says what was typed"
[ ! -e "/proc/$$/fd/9" ] || echo "it holds the lock of play"
exit 42
"""
LOGGING = '#!/bin/sh\necho "{name} $*" >>"$LOG"\n'


class Checkout:
    """A folder with `play` in it, and the programs it will find."""

    def __init__(self, folder: Path, uid: int) -> None:
        self.folder = folder / "a checkout"
        self.programs = folder / "programs"
        self.log = folder / "log"
        self.folder.mkdir()
        self.programs.mkdir()
        shutil.copy(PROJECT / "play", self.folder)
        (self.folder / "pyproject.toml").write_text("[project]\n")
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.programs / tool).symlink_to(found)
        self.plant("python3", PYTHON)
        self.plant("netplay", NETPLAY)
        self.plant("id", f"#!/bin/sh\necho {uid}\n")
        self.diagnosis("")

    def plant(self, name: str, text: str | None = None) -> None:
        """Puts a program on the PATH; without text one that only writes its arguments down."""
        program = self.programs / name
        program.write_text(LOGGING.format(name=name) if text is None else text)
        program.chmod(0o755)

    def diagnosis(self, *packages: str, report: str = "") -> None:
        """What the doctor will say."""
        Path(f"{self.log}.doctor").write_text(f"{' '.join(packages)}\n{report}\n")

    def environment(self, changes: Mapping[str, str]) -> dict[str, str]:
        own = {"PATH": str(self.programs), "LOG": str(self.log), "PLANTED": str(self.programs)}
        return {**own, "HOME": str(self.folder.parent / "home"), **changes}

    def play(self, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """Runs it without a terminal."""
        return subprocess.run(
            [str(self.folder / "play"), *arguments],
            env=self.environment(changes),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def did(self) -> list[str]:
        """What the planted programs have written down since the last time."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return [line.replace(str(self.folder), "HERE") for line in lines]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, uid=1000)


@pytest.fixture
def roots_checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, uid=0)


VENV = "python -m venv --clear HERE/.venv"
SUDO_APT = "sudo apt-get install --yes --quiet=2 --no-install-recommends mmdebstrap"
PIP = "python -m pip install --quiet --disable-pip-version-check --editable HERE"


def test_the_first_time_sets_up_and_hands_every_argument_on(checkout: Checkout) -> None:
    done = checkout.play("h1", "echo", "two words", "", "*")
    assert done.returncode == 42
    assert done.stdout == "netplay has 5 arguments\n<h1>\n<echo>\n<two words>\n<>\n<*>\n"
    assert checkout.did() == [VENV, PIP, "doctor"]


def test_the_second_time_goes_straight_to_netplay(checkout: Checkout) -> None:
    checkout.play("h1")
    checkout.did()
    done = checkout.play("h1")
    assert (done.returncode, done.stdout, done.stderr) == (
        42,
        "netplay has 1 arguments\n<h1>\n",
        "",
    )
    assert checkout.did() == []


def test_it_costs_little(checkout: Checkout) -> None:
    checkout.play("h1")
    times = []
    for _ in range(11):
        start = time.perf_counter()
        checkout.play("h1")
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.1


def test_a_changed_pyproject_installs_again_into_the_same_environment(checkout: Checkout) -> None:
    checkout.play("h1")
    checkout.did()
    (checkout.folder / "pyproject.toml").write_text("[project] # changed\n")
    assert checkout.play("h1").returncode == 42
    assert checkout.did() == [PIP, "doctor"]


def test_another_python_installs_again(checkout: Checkout) -> None:
    checkout.play("h1")
    checkout.did()
    program = checkout.folder / ".venv/bin/python"
    program.unlink()
    program.symlink_to("python3.12")
    assert checkout.play("h1").returncode == 42
    assert checkout.did() == [PIP, "doctor"]


def test_an_interrupted_installation_is_taken_up_again(checkout: Checkout) -> None:
    broken = checkout.play("h1", FAKE_PIP="1")
    assert broken.returncode == 3
    assert "pip could not install that; its reason is above" in broken.stderr
    assert checkout.did() == [VENV, PIP]
    assert checkout.play("h1").returncode == 42
    assert checkout.did() == [PIP, "doctor"]


def test_half_an_environment_is_made_anew(checkout: Checkout) -> None:
    (checkout.folder / ".venv/bin").mkdir(parents=True)
    (checkout.folder / ".venv/pyvenv.cfg").touch()
    assert checkout.play("h1").returncode == 42
    assert checkout.did()[0] == VENV


def test_a_folder_that_is_no_environment_is_left_alone(checkout: Checkout) -> None:
    (checkout.folder / ".venv").mkdir()
    (checkout.folder / ".venv/diary").write_text("dear")
    refused = checkout.play("h1")
    assert refused.returncode == 3
    assert "is not a virtual environment; please move it away" in refused.stderr
    assert (checkout.folder / ".venv/diary").read_text() == "dear"


def test_an_old_python_is_told(checkout: Checkout) -> None:
    refused = checkout.play("h1", FAKE_OLD="1")
    assert refused.returncode == 3
    assert refused.stderr == (
        "play: netplay needs Python 3.11 or newer, and this computer has Python 3.9.2\n"
    )


def test_the_lock_is_not_handed_on(checkout: Checkout) -> None:
    assert "lock" not in checkout.play("h1").stdout


def test_through_a_link(checkout: Checkout, tmp_path: Path) -> None:
    link = tmp_path / "netplay-link"
    link.symlink_to(checkout.folder / "play")
    done = subprocess.run([str(link)], env=checkout.environment({}), capture_output=True, text=True)
    assert done.stdout == "netplay has 0 arguments\n"
    assert checkout.did()[0] == VENV


@pytest.mark.parametrize("word", ["version", "doctor", "--help", "plan"])
def test_what_needs_nothing_asks_for_nothing(checkout: Checkout, word: str) -> None:
    checkout.diagnosis("mmdebstrap")
    assert checkout.play(word).returncode == 42
    assert checkout.did() == [VENV, PIP]


# ---------------------------------------------------------------- what the computer lacks


def test_a_doctor_that_fails_finds_nothing_missing_and_nothing_well(checkout: Checkout) -> None:
    refused = checkout.play("h1", FAKE_DOCTOR="1")
    assert refused.returncode == 3
    assert "play: this computer could not be looked at; the reason is above\n" in refused.stderr
    assert checkout.did() == [VENV, PIP, "doctor"]
    assert checkout.play("h1").returncode == 42
    assert checkout.did() == ["doctor"]


@pytest.mark.lab
def test_the_real_doctor_answers_what_it_asks() -> None:
    play = (PROJECT / "play").read_text()
    code = play.partition("\nask_doctor() {")[2].partition("'\n")[2].partition("'\n}")[0]
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.count("\n") >= 2  # packages, and what is missing


def test_without_a_terminal_the_command_is_printed(checkout: Checkout) -> None:
    checkout.plant("apt-get")
    checkout.plant("sudo")
    checkout.diagnosis("mmdebstrap", "uidmap")
    refused = checkout.play("h1")
    assert refused.returncode == 3
    assert "play: to install it: sudo apt-get install mmdebstrap uidmap\n" in refused.stderr
    assert refused.stdout == ""
    assert checkout.did() == [VENV, PIP, "doctor"]
    checkout.diagnosis("")  # somebody has installed it
    assert checkout.play("h1").returncode == 42
    assert checkout.did() == ["doctor"]


@pytest.mark.parametrize(
    ("answer", "status", "did"),
    [
        ("\n", 42, [SUDO_APT, "doctor"]),
        ("y\n", 42, [SUDO_APT, "doctor"]),
        ("n\n", 3, []),
        ("what?\n", 3, []),
    ],
)
def test_on_a_terminal_it_asks(
    checkout: Checkout, answer: str, status: int, did: list[str]
) -> None:
    checkout.plant("apt-get")
    checkout.plant("sudo")
    checkout.diagnosis("mmdebstrap")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer.encode())
        done = subprocess.run(
            [str(checkout.folder / "play"), "h1"],
            env=checkout.environment({}),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == status
    assert checkout.did() == [VENV, PIP, "doctor", *did]


def test_root_installs_at_once(roots_checkout: Checkout) -> None:
    roots_checkout.plant("apt-get")
    roots_checkout.diagnosis("mmdebstrap", "uidmap")
    assert roots_checkout.play("h1").returncode == 42
    apt = "apt-get install --yes --quiet=2 --no-install-recommends mmdebstrap uidmap"
    assert roots_checkout.did() == [VENV, PIP, "doctor", apt, "doctor"]


def test_a_machine_without_package_lists_gets_them(roots_checkout: Checkout) -> None:
    fails_once = LOGGING.format(name="apt-get") + (
        '[ "$1" = update ] && touch "$LOG.lists"\n[ -e "$LOG.lists" ]\n'
    )
    roots_checkout.plant("apt-get", fails_once)
    roots_checkout.diagnosis("uidmap")
    assert roots_checkout.play("h1").returncode == 42
    words = [line.split()[1] for line in roots_checkout.did() if line.startswith("apt-get")]
    assert words == ["install", "update", "install"]


def test_apts_own_failure_is_told(roots_checkout: Checkout) -> None:
    roots_checkout.plant("apt-get", "#!/bin/sh\necho E: no space >&2\nexit 100\n")
    roots_checkout.diagnosis("uidmap")
    refused = roots_checkout.play("h1")
    assert refused.returncode == 3
    assert refused.stderr.endswith("play: apt-get could not do that; its reason is above\n")


def test_without_apt_the_packages_are_named(checkout: Checkout) -> None:
    checkout.diagnosis("mmdebstrap")
    refused = checkout.play("h1")
    assert refused.returncode == 3
    assert refused.stderr.endswith("play: please install what Debian calls: mmdebstrap\n")


def test_without_the_venv_module_its_package_is_asked_for(checkout: Checkout) -> None:
    checkout.plant("apt-get")
    refused = checkout.play("h1", FAKE_NO_VENV="1")
    assert refused.returncode == 3
    assert "to install it: sudo apt-get install python3-venv\n" in refused.stderr


def test_what_no_package_mends_is_told_each_time(checkout: Checkout) -> None:
    checkout.diagnosis(report="MISSING  namespaces: forbidden here\n1 thing is missing.")
    for _ in range(2):
        done = checkout.play("h1")
        assert done.returncode == 42  # netplay itself knows whether it can do without
        assert "MISSING  namespaces: forbidden here\n1 thing is missing.\n" in done.stderr


# ---------------------------------------------------------------- ./play test, other owners


def test_the_tests_get_their_tools_once(checkout: Checkout) -> None:
    checkout.play("test", "-k", "a word")
    tools = "python -m pip install --quiet --disable-pip-version-check --requirement"
    pytest_line = "python -m pytest -k a word"
    assert checkout.did() == [
        VENV,
        PIP,
        f"{tools} HERE/.venv/dev-requirements.txt",
        "doctor",
        pytest_line,
    ]
    assert (checkout.folder / ".venv/dev-requirements.txt").read_text() == "pytest\n"
    checkout.play("test")
    assert checkout.did() == ["python -m pytest"]


def test_the_environment_is_told_once_it_is_there(checkout: Checkout) -> None:
    told = checkout.play("--environment")
    assert (told.returncode, told.stdout) == (0, f"{checkout.folder}/.venv\n")
    assert checkout.did()[:2] == [VENV, PIP]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_checkout_of_somebody_else_is_not_written(checkout: Checkout, tmp_path: Path) -> None:
    before = sorted(checkout.folder.iterdir())
    checkout.folder.chmod(0o555)
    cache = tmp_path / "home/.cache/netplay"
    try:
        assert checkout.play("h1").returncode == 42
        made = checkout.did()[0].removeprefix("python -m venv --clear ")
        assert made.startswith(f"{cache}/venv-")
        assert checkout.play("h1").returncode == 42
        assert checkout.did() == []
    finally:
        checkout.folder.chmod(0o755)
    assert sorted(checkout.folder.iterdir()) == before


@pytest.mark.slow
def test_a_new_clone_really(tmp_path: Path) -> None:
    for name in ("play", "pyproject.toml", "README.md", "LICENSE", "src", "lessons"):
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    for _ in range(2):
        done = subprocess.run(
            [str(tmp_path / "play"), "version"], capture_output=True, text=True, cwd="/"
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
    assert (tmp_path / ".venv/bin/netplay").is_file()
