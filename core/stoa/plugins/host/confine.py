"""A host makes itself small before it imports anybody's code, and tells what it could not do.

Layer upon layer, so that one that a kernel or a container does not offer leaves the others:

    namespaces   no network (but for errands), no other process to be seen or signalled
    limits       512 MiB of memory, 16 processes, 256 files, no file of any size, no core
    user         one that owns nothing, where the server is root; else the server's own
    Landlock     nothing can be opened but the code, to read; no program can be run
    seccomp      no sockets (errands: IPv4 and IPv6), no debugging, no mounts, no new namespaces

A list of what is missing goes to the operator with the plugin's health.
"""

import os
import pwd
import resource
import sys
import sysconfig
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from stoa.plugins.host import kernel

__all__ = ["LIMITS", "confine", "depart", "silence", "user_of"]

LIMITS = {
    resource.RLIMIT_AS: 512 << 20,
    resource.RLIMIT_NPROC: 16,
    resource.RLIMIT_NOFILE: 256,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_MEMLOCK: 0,
    resource.RLIMIT_MSGQUEUE: 0,
}
"""What a host may use; none of it can be raised again."""

_FIRST_USER, _USERS = 61_184, 4_000
"""Numbers that no account has, as systemd gives them to services."""

_LIBRARIES = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
    "/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom",
)  # fmt: skip
_NAMES = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
    "/etc/services", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates",
    "/run/systemd/resolve",
)  # fmt: skip


def depart(*, network: bool) -> list[str]:
    """Leave the parent's namespaces; the next fork is the first process of its own world.

    Returns:
        What could not be left.
    """
    missing: list[str] = []
    if os.geteuid():
        _try("a user namespace", missing, lambda: kernel.unshare(kernel.NEWUSER))
    _try("a process namespace", missing, lambda: kernel.unshare(kernel.NEWPID))
    _try("an IPC namespace", missing, lambda: kernel.unshare(kernel.NEWIPC))
    if not network:
        _try("a network namespace", missing, lambda: kernel.unshare(kernel.NEWNET))
    return missing


def silence(keep: int) -> None:
    """Close every file but one, and send what is printed nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(3, keep)
    os.closerange(keep + 1, max(keep + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))


def confine(name: str, folder: str, *, network: bool, hidden: Sequence[str] = ()) -> list[str]:
    """Give up what a plugin must not have.

    Args:
        name: the plugin's, by which its user is chosen.
        folder: an empty one, to work in.
        network: leave IPv4 and IPv6 to it.
        hidden: folders of the server's own that must not lie below the code.

    Returns:
        What could not be given up, for people.
    """
    missing: list[str] = []
    os.environ.clear()
    os.umask(0o077)
    os.chdir(folder)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    for what, most in LIMITS.items():
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    paths = [*_code(), *_LIBRARIES, *(_NAMES if network else ())]
    _change_user(name, paths, missing)
    _try("no new privileges", missing, kernel.no_new_privileges)
    _try("Landlock for files", missing, lambda: _close_files(paths, missing, network=network))
    _try("seccomp", missing, lambda: kernel.refuse_calls(network=network))
    found = [each for each in hidden if any(Path(each).is_relative_to(one) for one in _code())]
    return missing + [f"{each} lies below a folder of code: move it" for each in found]


def user_of(name: str) -> int:
    """Return the number of the user that a plugin runs as, the same each time."""
    number = _FIRST_USER + zlib.crc32(name.encode()) % _USERS
    try:
        pwd.getpwuid(number)
    except KeyError:
        return number
    raise OSError(f"the user {number} has an account")


def _change_user(name: str, paths: Iterable[str], missing: list[str]) -> None:
    if os.geteuid():
        _try("dropped capabilities", missing, kernel.without_capabilities)
        missing.append("a user of its own (the server is not root)")
        return
    # Code in somebody's home is read by root alone. To read it is then all that is kept; Landlock
    # and seccomp, without which this is not done, leave nothing else to be read.
    hidden = not all(_open_to_all(Path(path)) for path in paths)
    sealed = hidden and _can_be_sealed()

    def change() -> None:
        number = user_of(name)
        if hidden and not sealed:
            raise OSError("its code can be read by root only")
        if hidden:
            kernel.keep_capability()
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)

    _try("a user of its own", missing, change)
    reads = sealed and os.geteuid() != 0
    _try("dropped capabilities", missing, lambda: kernel.without_capabilities(but_reading=reads))


def _can_be_sealed() -> bool:
    """Try in a process of its own whether files and calls can be closed here."""
    child = os.fork()
    if not child:
        try:
            kernel.no_new_privileges()
            kernel.only_read([], network=False)
            kernel.refuse_calls(network=False)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _close_files(paths: Sequence[str], missing: list[str], *, network: bool) -> None:
    version = kernel.only_read(paths, network=network)
    if version < 6:  # noqa: PLR2004 - the first that knows signals
        missing.append(f"signals (Landlock {version})")


def _code() -> list[str]:
    """Return the folders that Python imports from."""
    own = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), *sys.path}
    return sorted(each for each in own if each and Path(each).is_absolute())


def _open_to_all(path: Path) -> bool:
    try:
        return path.stat().st_mode & 4 != 0 and all(
            each.stat().st_mode & 1 for each in path.parents
        )
    except FileNotFoundError:
        return True  # what is not there hides nothing


def _try(what: str, missing: list[str], deed: Callable[[], None]) -> None:
    try:
        deed()
    except OSError as wrong:
        missing.append(f"{what} ({wrong.strerror or wrong})")
