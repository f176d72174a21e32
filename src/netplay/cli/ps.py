"""``netplay ps``."""

from __future__ import annotations

from typing import Any

import click

from netplay.cli.options import attach, json_option, name_option
from netplay.cli.output import megabytes, show_json, show_table
from netplay.export.words import port as port_word


@click.command("ps")
@click.option("-q", "--quiet", is_flag=True, help="Names only.")
@json_option
@name_option
def command(quiet: bool, as_json: bool, name: str | None) -> None:
    """Show machines: addresses, services, memory.

    \b
    netplay ps
    netplay ps --json | jq -r '.nodes[].name'
    netplay ps -q

    A service without a word of its state is ready: it has answered in its own protocol.
    """
    lab = attach(name)
    if quiet and not as_json:
        print("".join(f"{node.name}\n" for node in lab), end="")
        return
    state = lab.state(memory=True)
    nodes = [_node(node.description, state["nodes"].get(node.name, {})) for node in lab]
    if as_json:
        keeper = {**state["keeper"], "memory": state.get("keeper_memory", 0)}
        show_json({"schema": 1, "lab": lab.name, "keeper": keeper, "nodes": nodes})
        return
    show_table(("MACHINE", "ADDRESSES", "SERVICES", "MEMORY"), [_row(node) for node in nodes])


def _row(node: dict[str, Any]) -> tuple[str, ...]:
    services = "(off)" if node["off"] else " ".join(map(_service, node["services"])) or "-"
    memory = megabytes(node["memory"]) if node["memory"] else "-"
    return node["name"], " ".join(node["addresses"]), services, memory


def _node(description: Any, state: dict[str, Any]) -> dict[str, Any]:
    """What the topology says of a machine, and what is so at the moment."""
    return {
        "name": description.name,
        "role": str(description.role),
        "hostname": description.hostname,
        "aliases": list(description.aliases),
        "addresses": [str(address) for address in description.addresses],
        "interfaces": [
            {
                "name": interface.name,
                "mac": interface.mac,
                "mtu": interface.mtu,
                "addresses": [str(address) for address in interface.addresses],
            }
            for interface in description.interfaces
        ],
        "ports": [port_word(port) for port in description.ports],
        "pid": state.get("pid", 0),
        "off": state.get("off", False),
        "memory": state.get("memory", 0),
        "services": state.get("services", []),
    }


def _service(service: dict[str, Any]) -> str:
    if service["state"] == "ready":
        return str(service["name"])
    status = f" {service['exit_status']}" if service["state"] == "exited" else ""
    return f"{service['name']}({service['state']}{status})"
