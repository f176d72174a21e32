"""A node's root is nobody on the computer; one node's trouble is not another's; nothing stays."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from netplay import Lab, LabError, Topology, playground
from netplay.lab.place import Place
from netplay.model import Node, ServiceUse
from netplay.plan import other_steps
from netplay.services.service import Probe, Service
from tests.plan.networks import CREDENTIALS

pytestmark = pytest.mark.lab


def network_namespaces() -> set[str]:
    found = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found.add(os.readlink(f"/proc/{entry}/ns/net"))
            except OSError:
                continue
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # before it was opened, or since
        return False


def traces(marker: str) -> list[str]:
    """Processes of this computer whose command line or mounts show *marker*."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            state = Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[0]
            text = Path(f"/proc/{entry}/mountinfo").read_text()
        except OSError:
            continue
        if state != "Z" and marker in text:
            found.append(entry)
    return found


def test_a_node_cannot_write_the_computers_sysctls(lab: Lab) -> None:
    before = Path("/proc/sys/kernel/panic").read_text()
    done = lab["h1"].run("sysctl", "-w", "kernel.panic=77")
    assert Path("/proc/sys/kernel/panic").read_text() == before
    assert "ermission denied" in done.stderr


def test_a_node_cannot_read_the_kernels_log(lab: Lab) -> None:
    done = lab["h1"].run("dmesg")
    assert done.returncode != 0
    assert not done.stdout
    # The filter answers, whatever kernel.dmesg_restrict says on this computer.
    code = (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True);"
        "print(libc.klogctl(10, 0, 0), ctypes.get_errno())"
    )
    assert lab["h1"].run("python3", "-c", code).stdout.split() == ["-1", "1"]


def test_a_node_sees_its_own_processes_only(lab: Lab) -> None:
    numbers = [
        int(word) for word in lab["h1"].run("sh", "-c", "ls /proc").stdout.split() if word.isdigit()
    ]
    assert len(numbers) < 20
    assert "catatonit" in lab["h1"].run("cat", "/proc/1/cmdline").stdout
    assert str(os.getpid()) not in lab["h1"].run("ps", "-eo", "pid,args").stdout


def test_a_node_does_not_see_the_computers_files(lab: Lab, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    assert lab["h1"].run("ls", str(secret)).returncode != 0
    assert "debian" in lab["h1"].run("cat", "/etc/os-release").stdout.lower()
    # Not by way of its first process either, nor through the old root.
    assert lab["h1"].run("ls", f"/proc/1/root{secret}").returncode != 0
    assert lab["h1"].run("mknod", "/tmp/disk", "b", "254", "0").returncode != 0


def test_a_full_disk_on_one_node_is_that_nodes_alone(lab: Lab) -> None:
    done = lab["h2"].run("sh", "-c", "dd if=/dev/zero of=/big bs=1M; rm -f /big")
    assert "No space left on device" in done.stderr
    done = lab["h2"].run("sh", "-c", "dd if=/dev/zero of=/big bs=1M count=600 2>/dev/null; true")
    lab["h3"].run("sh", "-c", "dd if=/dev/zero of=/big bs=1M count=100 && rm /big", check=True)
    lab["h2"].run("rm", "-f", "/big", check=True)


def test_work_is_shared_and_what_root_writes_there_is_the_callers(
    lab: Lab, work_folder: Path
) -> None:
    (work_folder / "from-computer").write_text("hello")
    assert lab["h1"].run("cat", "/work/from-computer").stdout == "hello"
    lab["h4"].run(
        "sh",
        "-c",
        "echo hi > /work/from-h4; mkdir -p /work/deep/er; touch /work/deep/er/x",
        check=True,
    )
    made = work_folder / "from-h4"
    assert made.read_text() == "hi\n"
    assert made.stat().st_uid == os.geteuid()
    assert (work_folder / "deep/er/x").stat().st_uid == os.geteuid()


def test_lessons_are_there_and_read_only(lab: Lab) -> None:
    assert lab["h1"].run("ls", "/lessons").returncode == 0
    assert "Read-only" in lab["h1"].run("touch", "/lessons/x").stderr


def test_up_twice_changes_nothing_and_down_leaves_nothing(run_directory: Path) -> None:
    lab = Lab(playground(), name="twice")
    assert lab.up()
    try:
        keeper = lab.place.keeper
        assert not Lab(playground(), name="twice").up()
        assert Lab.attach("twice").state()["keeper"]["pid"] == keeper
        assert traces("/tmp/h1/upper") or os.geteuid()
    finally:
        assert lab.down()
    assert not lab.down()
    assert not (run_directory / "twice").exists()
    assert not alive(keeper)


def test_two_labs_are_two_worlds(lab: Lab) -> None:
    with Lab(playground(), name="other") as other:
        other["h1"].run("touch", "/only-here", check=True)
        assert lab["h1"].run("ls", "/only-here").returncode != 0
        assert other["h1"].run("curl", "-s", "http://www/ip").returncode == 0


def test_killing_the_keeper_ends_everything_and_up_works_again() -> None:
    lab = Lab(playground(), name="killed")
    lab.up()
    keeper = lab.place.keeper
    before = len(network_namespaces())
    pidfd = os.pidfd_open(keeper)
    os.kill(keeper, signal.SIGKILL)
    assert select.select([pidfd], [], [], 5)[0]
    os.close(pidfd)
    assert len(network_namespaces()) <= before - 13
    assert not lab.place.is_up()
    assert lab.up()
    assert lab["h1"].run("true").returncode == 0
    assert lab.down()


def test_a_lab_dies_with_the_process_that_owns_it() -> None:
    code = (
        "import sys, time\n"
        "from netplay import Lab, playground\n"
        "with Lab(playground(), name='owned') as lab:\n"
        "    print(lab.place.keeper, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    pidfd = os.pidfd_open(int(owner.stdout.readline()))
    owner.kill()
    owner.communicate()
    assert select.select([pidfd], [], [], 5)[0]
    os.close(pidfd)


def test_a_killed_daemon_shows_and_starts_again(lab: Lab) -> None:
    def state() -> dict[str, object]:
        services = lab.state()["nodes"]["ftp"]["services"]
        return next(service for service in services if service["name"] == "ftp")

    lab["ftp"].run("pkill", "-9", "vsftpd", check=True)
    while state()["state"] != "exited":  # the keeper hears of it a moment later
        pass
    assert state()["exit_status"] == 137
    lab.service("ftp", "ftp", "restart")
    assert state()["state"] == "ready"


def test_reset_gives_a_node_a_new_file_system_and_its_services(lab: Lab) -> None:
    lab["www"].run("sh", "-c", "rm -rf /etc/nginx; pkill -9 nginx; touch /left", check=True)
    lab.reset("www")
    assert lab["www"].run("ls", "/left").returncode != 0
    assert lab["h1"].run("curl", "-sf", "http://www.example.com/get", check=True).returncode == 0


def broken(argv: tuple[str, ...]) -> Lab:
    """A lab of one node whose only service cannot come up; `services` knows no such thing."""
    service = Service(
        name="ssh", title="", argv=lambda _: argv, probes=lambda _: (Probe(port=1, expect=b"x"),)
    )
    node = Node(name="n", services=(ServiceUse(name="ssh"),))
    lab = Lab(Topology(name="broken", nodes=(node,)))
    steps = other_steps(lab.topology, CREDENTIALS, {"ssh": service})
    lab._others = lambda: steps  # type: ignore[method-assign]
    return lab


def test_a_service_that_ends_is_named_with_its_last_words_and_nothing_remains() -> None:
    lab = broken(("sh", "-c", "echo the disk is on fire; exit 3"))
    with pytest.raises(LabError, match=r"n/ssh has ended with status 3\n +the disk is on fire"):
        lab.up()
    assert not lab.place.is_up()
    assert not alive(lab.place.keeper)


def test_a_launcher_that_dies_takes_the_unfinished_lab_with_it(run_directory: Path) -> None:
    code = (
        "from tests.lab.test_walls import broken\n"
        "print('going', flush=True)\n"
        "broken(('sleep', '3000.7')).up()\n"
    )
    environment = {**os.environ, "NETPLAY_RUN": str(run_directory)}
    launcher = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment
    )
    place = Place("broken")
    while not (place.folder / "keeper.pid").exists():
        assert launcher.poll() is None
    pidfd = os.pidfd_open(place.keeper)
    launcher.kill()
    launcher.communicate()
    assert select.select([pidfd], [], [], 5)[0]
    os.close(pidfd)
    assert not place.is_up()


def test_a_lab_whose_folder_is_removed_ends(run_directory: Path) -> None:
    lab = Lab(Topology(name="orphan", nodes=(Node(name="n"),)))
    lab.up()
    pidfd = os.pidfd_open(lab.place.keeper)
    shutil.rmtree(run_directory / "orphan")
    assert select.select([pidfd], [], [], 10)[0]
    os.close(pidfd)


LIST_DESCRIPTORS = "ls -l /proc/$$/fd; true"  # true: or bash would become ls


def descriptors(listing: str) -> dict[int, str]:
    """What a program holds open: number → where it leads."""
    rows = (line.split(" -> ") for line in listing.replace("\r", "").splitlines() if "->" in line)
    return {int(left.split()[-1]): where for left, where in rows}


@pytest.mark.parametrize("user", ["root", "brandon"])
def test_a_program_gets_its_three_streams_and_nothing_else(lab: Lab, user: str) -> None:
    # A folder of the computer among them would be a way out, by "..".
    said = lab["h1"].run("bash", "-c", LIST_DESCRIPTORS, user=user).stdout
    assert set(descriptors(said)) == {0, 1, 2}


@pytest.mark.parametrize("user", ["root", "brandon"])
def test_a_program_on_a_terminal_gets_nothing_else_either(lab: Lab, user: str) -> None:
    process, master = lab["h1"].terminal("bash", "-c", LIST_DESCRIPTORS + "; echo end", user=user)
    said = b""
    while b"end" not in said:
        said += os.read(master, 4096)
    os.close(master)
    process.close()
    # bash keeps its terminal open under 255.
    found = descriptors(said.decode())
    assert set(found) - {255} == {0, 1, 2}
    assert all(where.startswith("/dev/pts/") for where in found.values())


def test_first_processes_and_daemons_hold_nothing_of_the_computer(lab: Lab) -> None:
    for node in ("h1", "www"):
        found = descriptors(lab[node].run("ls", "-l", "/proc/1/fd", check=True).stdout)
        assert set(found.values()) <= {"/dev/null", "anon_inode:[signalfd]"}
    daemon = "ls -l /proc/$(pgrep -o vsftpd)/fd"
    said = lab["ftp"].run("sh", "-c", daemon, check=True).stdout
    kinds = {where.split(":")[0] for where in descriptors(said).values()}
    assert kinds <= {"/dev/null", "/var/log/netplay/ftp.log", "socket"}
