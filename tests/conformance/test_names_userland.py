"""What resolvers and nslookup print, recorded, and what is read in it."""

import pytest

from conformance.containers import Userland
from conformance.errors import HarnessError
from conformance.userlands.names import LIMIT, names_command, read_names
from conformance.userlands.nslookup import query_command, read_query
from verdicts.observations.dns import Answer, LookupTry

# Debian 12's getent in a pod on Linux; the last two as a 2016 pod saw them through its proxy.
GLIBC = """\
# settings
search x.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
# name kubernetes.x.svc.cluster.local.
10.96.60.35     STREAM kubernetes.x.svc.cluster.local
10.96.60.35     DGRAM  
10.96.60.35     RAW    
# status 0
# name kubernetes
10.96.0.1       STREAM kubernetes
10.96.0.1       DGRAM  
10.96.0.1       RAW    
# status 0
# name twin
# status 2
"""  # noqa: W291  # as getent prints it
GLIBC_NAMES = ("kubernetes.x.svc.cluster.local.", "kubernetes", "twin")

# The columns of Alpine's getent, whose canonical name stands in every row; two records.
MUSL = """\
# settings
search x.svc.cluster.local
nameserver 10.96.0.10
nameserver 10.96.0.11
# name web
10.96.60.35     STREAM web.x.svc.cluster.local
10.96.60.36     STREAM web.x.svc.cluster.local
10.96.60.35     DGRAM  web.x.svc.cluster.local
# status 0
"""

# Alpine's and Debian's shells tell that timeout ended the command; both statuses were seen.
CUT_SHORT = """\
# settings
nameserver 10.96.0.10
# name twin
Terminated
# status {status}
"""


def test_getent_of_glibc_is_read() -> None:
    read = read_names(Userland.LINUX, GLIBC_NAMES, GLIBC)

    assert read.nameservers == ("10.96.0.10",)
    assert read.search == ("x.svc.cluster.local", "svc.cluster.local", "cluster.local")
    assert read.lookups == {
        "kubernetes.x.svc.cluster.local.": LookupTry(addresses=("10.96.60.35",)),
        "kubernetes": LookupTry(addresses=("10.96.0.1",)),
        "twin": LookupTry(detail="not found"),
    }


def test_getent_of_musl_is_read() -> None:
    read = read_names(Userland.LINUX, ("web",), MUSL)

    assert read.nameservers == ("10.96.0.10", "10.96.0.11")
    assert read.lookups["web"].addresses == ("10.96.60.35", "10.96.60.36")


@pytest.mark.parametrize("status", [143, 124])
def test_a_resolver_that_never_ends_has_no_answer(status: int) -> None:
    read = read_names(Userland.LINUX, ("twin",), CUT_SHORT.format(status=status))

    assert read.lookups["twin"] == LookupTry(detail=f"no answer within {LIMIT} s")


def test_a_resolver_without_a_search_list_has_an_empty_one() -> None:
    read = read_names(Userland.LINUX, ("twin",), CUT_SHORT.format(status=143))

    assert read.search == ()


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(
            "# settings\nnameserver 10.96.0.10\n# name twin\n"
            "timeout: can't execute 'getent': No such file or directory\n# status 127\n",
            id="no-getent",
        ),
        pytest.param(
            "# settings\nnameserver 10.96.0.10\n# name twin\nUnknown database: ahostsv4\n"
            "Try `getent --help' or `getent --usage' for more information.\n# status 1\n",
            id="another-getent",
        ),
        pytest.param(
            "# settings\nnameserver 10.96.0.10\n# name twin\n# status 0\n",
            id="success-and-nothing",
        ),
        pytest.param("# settings\nnameserver 10.96.0.10\n", id="cut-off"),
        pytest.param(
            "# settings\ncat: can't open '/etc/resolv.conf': Permission denied\n"
            "# name twin\n# status 2\n",
            id="unreadable-settings",
        ),
        pytest.param("sh: not found", id="no-shell"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_no_resolvers_answer_is_no_answer(output: str) -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read_names(Userland.LINUX, ("twin",), output)


def test_names_are_asked_one_by_one_and_every_one_has_a_limit() -> None:
    command = names_command(Userland.LINUX, ("kubernetes", "twin.other"))

    assert "for name in kubernetes twin.other; do" in command
    assert f"timeout {LIMIT} getent ahostsv4 $name" in command


def test_ping_of_windows_tells_the_address_in_brackets() -> None:
    output = (
        "# settings\n10.0.0.10\n# name kubernetes\n\nPinging kubernetes.x.svc.cluster.local "
        "[10.0.12.7] with 32 bytes of data:\nRequest timed out.\n# status 1\n# name twin\n"
        "Ping request could not find host twin. Please check the name and try again.\n"
        "# status 1\n"
    )

    read = read_names(Userland.WINDOWS, ("kubernetes", "twin"), output)

    assert read.nameservers == ("10.0.0.10",)
    assert read.search is None
    assert read.lookups["kubernetes"].addresses == ("10.0.12.7",)
    assert read.lookups["twin"].addresses == ()


def test_ping_that_does_not_exist_is_no_answer() -> None:
    with pytest.raises(HarnessError, match="cannot be read"):
        read_names(Userland.WINDOWS, ("twin",), "# settings\n# name twin\n# status 127\n")


BUSYBOX = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n"
BIND = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10#53\n\n"
WINDOWS = "Server:  kube-dns.kube-system.svc.cluster.local\nAddress:  10.0.0.10\n\n"


@pytest.mark.parametrize(
    ("output", "status", "answer", "addresses"),
    [
        pytest.param(
            f"{BUSYBOX}Name:\tkubernetes\nAddress: 10.96.0.1\n\n",
            0,
            Answer.NOERROR,
            ("10.96.0.1",),
            id="busybox",
        ),
        pytest.param(
            f"{BUSYBOX}** server can't find kubernetes.: NXDOMAIN\n\n",
            1,
            Answer.NXDOMAIN,
            (),
            id="busybox-nxdomain",
        ),
        pytest.param(
            f"{BUSYBOX}** server can't find kubernetes.: SERVFAIL\n\n",
            1,
            Answer.SERVFAIL,
            (),
            id="busybox-servfail",
        ),
        pytest.param(
            f"{BUSYBOX}** server can't find kubernetes.: REFUSED\n\n",
            1,
            Answer.REFUSED,
            (),
            id="busybox-refused",
        ),
        pytest.param(f"{BUSYBOX}\n", 0, Answer.NODATA, (), id="busybox-nodata"),
        pytest.param(
            ";; connection timed out; no servers could be reached\n\n",
            1,
            Answer.SILENT,
            (),
            id="busybox-silent",
        ),
        pytest.param(
            "nslookup: read: Connection refused\nnslookup: read: Connection refused\n"
            ";; connection timed out; no servers could be reached\n\n",
            1,
            Answer.SILENT,
            (),
            id="busybox-no-listener",
        ),
        pytest.param(
            f"{BIND}Name:\tkubernetes\nAddress: 10.96.0.1\n\n",
            0,
            Answer.NOERROR,
            ("10.96.0.1",),
            id="bind",
        ),
        pytest.param(
            f"{BIND}** server can't find kubernetes: NXDOMAIN\n\n",
            1,
            Answer.NXDOMAIN,
            (),
            id="bind-nxdomain",
        ),
        pytest.param(
            f";; Got SERVFAIL reply from 10.96.0.10\n{BIND}"
            "** server can't find kubernetes: SERVFAIL\n\n",
            1,
            Answer.SERVFAIL,
            (),
            id="bind-servfail",
        ),
        pytest.param(
            f"{BIND}*** Can't find kubernetes.: No answer\n\n",
            0,
            Answer.NODATA,
            (),
            id="bind-nodata",
        ),
        pytest.param(
            ";; communications error to 10.96.0.10#53: timed out\n;; no servers could be reached\n",
            1,
            Answer.SILENT,
            (),
            id="bind-silent",
        ),
        pytest.param(
            f"{WINDOWS}Name:    kubernetes\nAddresses:  10.0.0.1\n\t  10.0.0.2\n\n",
            0,
            Answer.NOERROR,
            ("10.0.0.1", "10.0.0.2"),
            id="windows-two-addresses",
        ),
        pytest.param(
            "*** kube-dns.kube-system.svc.cluster.local can't find kubernetes.: "
            f"Non-existent domain\n{WINDOWS}",
            1,
            Answer.NXDOMAIN,
            (),
            id="windows-nxdomain",
        ),
        pytest.param("", 143, Answer.SILENT, (), id="cut-short"),
    ],
)
def test_a_name_servers_answer_is_read(
    output: str, status: int, answer: Answer, addresses: tuple[str, ...]
) -> None:
    query = read_query(f"{output}# status {status}\n")

    assert (query.answer, query.addresses) == (answer, addresses)


def test_the_servers_own_address_is_no_answer() -> None:
    assert read_query(f"{BUSYBOX}\n# status 0\n").addresses == ()


@pytest.mark.parametrize(
    "output",
    [
        pytest.param("timeout: can't execute 'nslookup'\n# status 127\n", id="no-nslookup"),
        pytest.param("Segmentation fault\n# status 139\n", id="crashed"),
        pytest.param("nslookup: bad address", id="cut-off"),
    ],
)
def test_what_is_no_answer_of_a_name_server_is_none(output: str) -> None:
    with pytest.raises(HarnessError, match="could not be asked directly"):
        read_query(output)


def test_a_query_names_its_type_and_port() -> None:
    command = query_command("kubernetes.", "10.244.1.2", 5353)

    assert "nslookup -port=5353 -type=a kubernetes. 10.244.1.2" in command
