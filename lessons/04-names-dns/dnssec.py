"""The two questions of DNSSEC (RFC 4035 section 5), as dns_trace.py asks them.

    python3 dns_trace.py --anchor root.key 10.25.1.1 www.example.com

Is this record signed with the zone's key? And is that key the one that the zone above vouches
for? Not asked here: the proof that something does *not* exist (NSEC).
"""

from collections.abc import Sequence
from pathlib import Path

import dns.dnssec
import dns.exception
import dns.message
import dns.zonefile
from dns.name import Name, root
from dns.rdata import Rdata
from dns.rdataclass import IN
from dns.rdatatype import DNSKEY, RRSIG
from dns.rrset import RRset, from_rdata_list


class Bogus(Exception):
    """What should be signed is not, or not by whom it should be (RFC 4033 section 5)."""


def check(rrset: RRset, reply: dns.message.Message, section: list[RRset], keys: RRset) -> None:
    """Raise Bogus unless one of *keys* has signed *rrset*."""
    signatures = reply.get_rrset(section, rrset.name, IN, RRSIG, rrset.rdtype)
    if signatures is None:
        raise Bogus("no signature")
    try:
        dns.dnssec.validate(rrset, signatures, {keys.name: keys})
    except dns.exception.DNSException as error:
        raise Bogus(f"the signature does not fit {rrset.name}") from error


def keys_of(zone: Name, reply: dns.message.Message, fingerprints: Sequence[Rdata]) -> RRset:
    """The zone's keys out of *reply*, if one with a known fingerprint has signed them all."""
    keys = reply.get_rrset(reply.answer, zone, IN, DNSKEY)
    known = [key for key in keys or () if dns.dnssec.make_ds(zone, key, "SHA256") in fingerprints]
    if keys is None or not known:
        raise Bogus(f"nobody vouches for the key of {zone}")
    check(keys, reply, reply.answer, from_rdata_list(zone, keys.ttl, known))
    return keys


def anchor(path: Path) -> list[Rdata]:
    """Fingerprints of the root's keys in a file that dnssec-keygen has written."""
    rrsets = dns.zonefile.read_rrsets(path.read_text(), rdclass=None, default_ttl=0)
    return [dns.dnssec.make_ds(root, key, "SHA256") for rrset in rrsets for key in rrset]
