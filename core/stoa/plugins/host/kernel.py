"""What Python does not offer of Linux: namespaces, Landlock, seccomp, capabilities.

Each function returns nothing when it did its work, or raises `OSError`; what a kernel or a
container does not offer is told by the caller, never hidden.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Sequence
from errno import EPERM
from pathlib import Path

__all__ = [
    "NEWIPC", "NEWNET", "NEWPID", "NEWUSER", "adopt_orphans", "die_with_parent", "keep_capability",
    "no_new_privileges", "only_read", "refuse_calls", "unshare", "without_capabilities",
]  # fmt: skip

NEWPID = 0x20000000
NEWNET = 0x40000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_KEEPCAPS, _SET_SECCOMP = 1, 4, 8, 22
_SET_SUBREAPER, _SET_NO_NEW_PRIVS = 36, 38
_SIGKILL = 9
_CAPABILITIES_3 = 0x20080522
_READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces that one shares with the parent."""
    _check(_libc.unshare(flags))


def die_with_parent() -> None:
    """Be killed when the process that forked this one ends; undone by a change of the user."""
    _prctl(_SET_DEATH_SIGNAL, _SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of what this process' children leave behind."""
    _prctl(_SET_SUBREAPER, 1)


def no_new_privileges() -> None:
    """Gain nothing by starting a program ever after, and be no target of a debugger."""
    _prctl(_SET_NO_NEW_PRIVS, 1)
    _prctl(_SET_DUMPABLE, 0)


def keep_capability() -> None:
    """Keep what one may do over the coming change of the user."""
    _prctl(_SET_KEEPCAPS, 1)


def without_capabilities(*, but_reading: bool = False) -> None:
    """Let go of every capability; of that to read what others own only where it is not needed."""
    mask = _READ_SEARCH if but_reading else 0
    head = struct.pack("=Ii", _CAPABILITIES_3, 0)
    _check(_libc.capset(head, struct.pack("=6I", mask, mask, 0, 0, 0, 0)))


_LANDLOCK = {"create": 444, "add": 445, "restrict": 446}
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FS_BITS = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files each version of Landlock knows; 16 from the fifth."""
_NET_VERSION, _SCOPE_VERSION = 4, 6
_BIND, _CONNECT = 1, 2
_SCOPES = 3


def only_read(paths: Sequence[str], *, network: bool) -> int:
    """Open no file but these and what lies below them, for reading; run no program.

    Where the kernel knows how: no signal and no abstract socket leaves this process, and TCP is
    spoken only with `network`.

    Returns:
        The version of Landlock.
    """
    version = int(_libc.syscall(_LANDLOCK["create"], None, ctypes.c_size_t(0), 1))
    _check(version)
    rights = struct.pack("=Q", (1 << _FS_BITS.get(version, 16)) - 1)
    if version >= _NET_VERSION:
        rights += struct.pack("=Q", _BIND if network else _BIND | _CONNECT)
    if version >= _SCOPE_VERSION:
        rights += struct.pack("=Q", _SCOPES)
    rules = int(_libc.syscall(_LANDLOCK["create"], rights, ctypes.c_size_t(len(rights)), 0))
    _check(rules)
    for path in paths:
        _allow(rules, path)
    _check(_libc.syscall(_LANDLOCK["restrict"], rules, 0))
    os.close(rules)
    return version


def _allow(rules: int, path: str) -> None:
    try:
        there = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no leave
    right = _READ_FILE | _READ_DIR if Path(path).is_dir() else _READ_FILE
    _check(_libc.syscall(_LANDLOCK["add"], rules, 1, struct.pack("=Qi", right, there), 0))
    os.close(there)


_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CALLS: dict[str, tuple[int, int]] = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "kexec_load": (246, 104), "init_module": (175, 105),
    "finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "unshare": (272, 97),
    "setns": (308, 268), "perf_event_open": (298, 241), "open_by_handle_at": (304, 265),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "bpf": (321, 280), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "pidfd_getfd": (438, 438), "personality": (135, 92),
}  # fmt: skip
_SOCKET, _CLONE, _CLONE3 = (41, 198), (56, 220), (435, 435)
_FAMILIES = (2, 10, 16)  # IPv4, IPv6, and what the name service asks the kernel
_NAMESPACES = 0x7E020000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_ENOSYS = 38
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16


def refuse_calls(*, network: bool) -> None:
    """Refuse the system calls that a plugin has no use for: sockets above all.

    A socket file, such as a database's, is on no network, so that a namespace does not hide it.

    Args:
        network: sockets of IPv4 and IPv6 are allowed, no others.
    """
    machine = platform.machine()
    if machine not in _ARCHITECTURES:
        raise OSError(EPERM, f"calls of {machine} are not known")
    column = list(_ARCHITECTURES).index(machine)
    refuse, nosys = (_RETURN, 0, 0, _REFUSE | EPERM), (_RETURN, 0, 0, _REFUSE | _ENOSYS)
    allow = (_RETURN, 0, 0, _ALLOW)
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),  # the other names of the same calls
        refuse,
    ]
    for numbers in _CALLS.values():
        code += [(_EQUAL, 0, 1, numbers[column]), refuse]
    # What clone3 is asked lies in memory, where it can't be read here; without it clone is used.
    code += [(_EQUAL, 0, 1, _CLONE3[column]), nosys]
    code += [
        (_EQUAL, 0, 4, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST),
        (_ANY_BIT, 0, 1, _NAMESPACES),
        refuse,
        allow,
    ]
    families = _FAMILIES if network else ()
    code += [(_EQUAL, 0, 2 + 2 * len(families), _SOCKET[column]), (_LOAD, 0, 0, _FIRST)]
    for family in families:
        code += [(_EQUAL, 0, 1, family), allow]
    code += [refuse, allow]
    packed = b"".join(struct.pack("=HBBI", *each) for each in code)
    kept = ctypes.create_string_buffer(packed, len(packed))
    program = struct.pack("@HP", len(code), ctypes.addressof(kept))
    _prctl(_SET_SECCOMP, 2, program)


def _prctl(option: int, value: int, more: bytes | int = 0) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(value), more, 0, 0))


def _check(result: int) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
