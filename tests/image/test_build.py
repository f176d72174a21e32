"""What mmdebstrap is told, and what its output is taken to mean."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netplay.errors import ImageError
from netplay.image import build, contents, wheels
from netplay.kernel import idmap


def test_the_command_names_release_packages_and_mirror(tmp_path: Path) -> None:
    tar, mirror = tmp_path / "root.tar", tmp_path / "mirror.sources"
    command = build.mmdebstrap_command(tmp_path, tar, mirror, {"Acquire::Retries": "3"})
    assert command[0] == "mmdebstrap"
    assert command[-3:] == [contents.RELEASE, str(tar), str(mirror)]
    assert "--include=" + ",".join(contents.PACKAGES) in command
    assert '--aptopt=Acquire::Retries "3"' in command
    without = build.mmdebstrap_command(tmp_path, tar, None, {})
    assert without[-2:] == [contents.RELEASE, str(tar)]


def test_a_layer_is_installed_into_the_image(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror.sources"
    command = build.layer_command(tmp_path, ("chromium", "dbus-x11"), mirror, {})
    assert command[-3:] == [contents.RELEASE, str(tmp_path / "root"), str(mirror)]
    assert {"--include=chromium,dbus-x11", "--variant=custom", "--format=directory"} < set(command)
    assert not any("wheels" in word for word in command)


def test_a_work_directory_with_a_space_is_quoted() -> None:
    command = build.mmdebstrap_command(Path("/a b"), Path("/a b/root.tar"), None, {})
    command += build.layer_command(Path("/a b"), (), None, {})
    hooks = [word for word in command if word.startswith("--customize-hook=")]
    assert all("'/a b/" in hook for hook in hooks)


def test_the_last_steps_write_every_file(tmp_path: Path) -> None:
    script = build.customize_script()
    assert subprocess.run(["sh", "-n"], input=script, text=True).returncode == 0
    for file in contents.FILES:
        assert f"chmod {file.mode:o} {file.path}" in script


def test_apt_settings_that_lead_to_the_mirror_are_handed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "apt-config"
    fake.write_text(
        "#!/bin/sh\ncat <<'X'\n"
        'Acquire "";\n'
        'Acquire::http::Proxy "http://proxy.example:3128";\n'
        'Acquire::http::Proxy::intern.example "DIRECT";\n'
        'Acquire::Check-Valid-Until "false";\n'
        'APT::Periodic::Enable "1";\n'
        'Dir::Cache "var/cache/apt/";\n'
        "X\n"
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert build.apt_settings() == {
        "Acquire::Languages": "none",
        "Acquire::http::Proxy": "http://proxy.example:3128",
        "Acquire::http::Proxy::intern.example": "DIRECT",
        "Acquire::Check-Valid-Until": "false",
    }


OUTPUT = """\
I: running apt-get update...
I: downloading packages with apt...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://mirror.example/debian trixie/main amd64 bash amd64 5 [1 kB]
Get:2 http://mirror.example/debian trixie/main amd64 dash amd64 1 [1 kB]
I: installing essential packages...
Unpacking bash (5) ...
Setting up bash (5) ...
I: installing remaining packages inside the chroot...
0 upgraded, 1 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://mirror.example/debian trixie/main amd64 jq amd64 1 [1 kB]
Unpacking jq (1) ...
Setting up jq (1) ...
netplay: the environment of the lessons, from wheels that were downloaded outside
I: creating tarball...
I: done
"""


def test_progress_only_grows_and_names_what_is_done() -> None:
    stages = list(build._stages(iter(OUTPUT.splitlines(keepends=True))))
    shares = [share for _, share in stages]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert [text for text, _ in stages][-1] == "writing the image"
    assert "installing the lessons' Python libraries" in dict(stages)


def test_each_phase_begins_with_a_line_that_is_written() -> None:
    announced = customize_lines()
    ours = [phase for phase in build._PHASES if phase.startswith("netplay: ")]
    assert all(any(line.startswith(phase) for line in announced) for phase in ours)


def customize_lines() -> list[str]:
    return [f"netplay: {step.why}" for step in contents.CUSTOMIZE]


def test_a_full_disk_is_told_before_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "TO_BUILD", 10**18)
    monkeypatch.setattr(build.shutil, "which", lambda _program: "/usr/bin/mmdebstrap")
    with pytest.raises(ImageError, match=r"only .* GB are free; make room, or set NETPLAY_CACHE"):
        build.build(tmp_path, _any_map(), tmp_path / "log", lambda _text, _share: None)


def test_without_mmdebstrap_the_command_that_brings_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match="try: sudo apt-get install mmdebstrap"):
        build.build(tmp_path, _any_map(), tmp_path / "log", lambda _text, _share: None)


def test_pips_own_reason_is_told(tmp_path: Path) -> None:
    log = tmp_path / "build.log"
    log.write_text("WARNING: this\nERROR: No matching distribution found for nonsense\n")
    assert "No matching distribution found for nonsense" in wheels._reason(log)
    assert str(log) in wheels._reason(log)


def test_pip_answers_markers_for_the_images_python() -> None:
    """It leans on two names inside pip; this notices when a pip has them no more."""
    program = wheels._MARKERS + "print(markers.Marker(sys.argv[3]).evaluate())"
    marker = 'python_version >= "3.13" and python_full_version == "3.13.5" and os_name == "posix"'
    command = [*wheels.pip_command(), "-c", program, "3.13.5", "3.13", marker]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "True\n", done.stderr


def test_wheels_of_older_glibcs_fit_too() -> None:
    platforms = wheels._platforms("x86_64")
    assert platforms[0] == "manylinux_2_41_x86_64"
    assert {"manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"} <= set(
        platforms
    )


def test_no_libraries_need_no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wheels, "pip_command", lambda: pytest.fail("pip was looked for"))
    wheels.download([], tmp_path / "wheels", tmp_path / "log")
    assert (tmp_path / "wheels/requirements.txt").read_text() == ""


def _any_map() -> idmap.IdMap:
    whole = (idmap.Extent(0, 100_000, 65536),)
    return idmap.IdMap(whole, whole)
