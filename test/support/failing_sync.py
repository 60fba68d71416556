# Runs a program for which the disk keeps nothing: fsync(2) and fdatasync(2) fail with EIO, as they do when a disk is dying.
# It is done by a seccomp(2) filter, since no ordinary file system can be made to fail so.

import ctypes
import os
import sys

EIO = 5
NUMBERS = {"x86_64": (74, 75), "aarch64": (82, 83)}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_NUMBER, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
RET_ERRNO, RET_ALLOW = 0x00050000, 0x7FFF0000


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.POINTER(Instruction))]


fsync, fdatasync = NUMBERS[os.uname().machine]
steps = (Instruction * 5)(
    Instruction(LOAD_NUMBER, 0, 0, 0),
    Instruction(JUMP_IF_EQUAL, 1, 0, fsync),
    Instruction(JUMP_IF_EQUAL, 0, 1, fdatasync),
    Instruction(RETURN, 0, 0, RET_ERRNO | EIO),
    Instruction(RETURN, 0, 0, RET_ALLOW),
)
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(Program(len(steps), steps)), 0, 0) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
