"""containerlab's words, and what netplay does with each of them.

Its topology files describe containers of many vendors; netplay runs one thing, Linux. A word that
has a meaning here is read in `nodes` or `links`; the others stand below, so that a file written
for containerlab loads, says what is missing, and a mistyped word is still told from an unknown.
"""

from __future__ import annotations

LINUX = "linux"
SWITCHES = frozenset({"bridge", "ovs-bridge"})
HOST = "host"  # the computer itself, in containerlab

# Read without a word: true of every lab, or about a management network that there is not.
SILENT = frozenset({"labels", "mgmt-ipv4", "mgmt-ipv6", "mgmt_ipv4", "mgmt_ipv6"})

_ONE_IMAGE = "every node runs netplay's own Debian image"
_NO_VENDOR = "no vendor's software runs here"
_OWN_START = "a node starts its services; use exec for programs of your own"
_NO_LIMITS = "nodes share the computer without limits"
_NO_PORTS = "ports are published under 'ports'"
_NO_DOCKER = "there is no container runtime"

# Read and not used: the warning says why.
UNUSED = {
    "image": _ONE_IMAGE,
    "image-pull-policy": _ONE_IMAGE,
    "restart-policy": _NO_DOCKER,
    "auto-remove": _NO_DOCKER,
    "runtime": _NO_DOCKER,
    "network-mode": _NO_DOCKER,
    "link-apply-mode": _NO_DOCKER,
    "license": _NO_VENDOR,
    "type": _NO_VENDOR,
    "startup-config": _NO_VENDOR,
    "enforce-startup-config": _NO_VENDOR,
    "suppress-startup-config": _NO_VENDOR,
    "extras": _NO_VENDOR,
    "components": _NO_VENDOR,
    "credentials": "accounts are those of the lab",
    "certificate": "every node has a certificate of the lab's own authority",
    "SANs": "every node has a certificate of the lab's own authority",
    "startup-delay": "nodes start together, when the links are there",
    "stages": "nodes start together, when the links are there",
    "wait-for": "nodes start together, when the links are there",
    "healthcheck": "a service is ready when it answers in its own protocol",
    "user": _OWN_START,
    "entrypoint": _OWN_START,
    "cmd": _OWN_START,
    "publish": _NO_PORTS,
    "cpu": _NO_LIMITS,
    "cpu-set": _NO_LIMITS,
    "memory": _NO_LIMITS,
    "shm-size": _NO_LIMITS,
    "devices": "a node sees no device of the computer",
    "cap-add": "root on a node has every right that counts inside it",
}

# Top-level words about the tool and not about the network.
TOP_UNUSED = frozenset({"prefix", "mgmt", "settings", "debug"})

# Links to what lies outside the lab, by the `type` of the extended form or the node of the brief.
OUTSIDE_LINKS = frozenset({"mgmt-net", "macvlan", "host", "vxlan", "vxlan-stitch", "dummy"})
OUTSIDE_NODES = frozenset({"host", "mgmt-net", "macvlan", "dummy"})
OUTSIDE_KEYS = frozenset(
    {"endpoint", "host-interface", "mode", "remote", "vni", "dst-port", "src-port", "udp-port"}
)

_VENDORS = """
    6wind_vsr arista_ceos arista_veos arrcus_arcos aruba_aoscx border0 c8000 c8000v ceos
    checkpoint_cloudguard ciena_saos10 cisco_asav cisco_c8000 cisco_c8000v cisco_cat9kv cisco_csr
    cisco_csr1000v cisco_ftdv cisco_iol cisco_n9kv cisco_nxos cisco_sdwan cisco_vios cisco_xrd
    cisco_xrd_vrouter cisco_xrv cisco_xrv9k cjunosevolved crpd cumulus_cvx cvx dell_ftosv
    dell_sonic ext-container f5_bigip-ve fdio_vpp fortinet_fortigate freebsd frr generic_vm
    huawei_vrp
    ipinfusion_ocnos juniper_cjunosevolved juniper_crpd juniper_csrx juniper_vjunosevolved
    juniper_vjunosrouter juniper_vjunosswitch juniper_vmx juniper_vqfx juniper_vsrx k8s-kind
    keysight_ixia-c-one light_olt mikrotik_ros mysocketio nokia_sros nokia_srlinux nokia_srsim
    nvidia_cumulusvx openbsd openwrt ostinato paloalto_panos rare sonic-vm sonic-vs spirent_stc
    srl veesix_osvbng vr-aoscx vr-arista_veos vr-aruba_aoscx vr-ciena_saos10 vr-cisco_csr
    vr-cisco_n9kv vr-cisco_nxos vr-cisco_xrv vr-cisco_xrv9k vr-csr vr-dell_ftosv vr-ftosv
    vr-juniper_vmx vr-juniper_vqfx vr-juniper_vsrx vr-mikrotik_ros vr-n9kv vr-nokia_sros vr-nxos
    vr-paloalto_panos vr-pan vr-ros vr-sros vr-veos vr-vmx vr-vqfx vr-vsrx vr-xrv vr-xrv9k
    vyosnetworks_vyos xrd
"""
VENDORS = frozenset(_VENDORS.split())

KINDS = frozenset({LINUX, HOST}) | SWITCHES | VENDORS
