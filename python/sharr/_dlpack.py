# SPDX-License-Identifier: BSD-3-Clause
"""DLPack of NumPy's arrays, with bool also from NumPy before 1.25, which has all but that."""

import numpy

BOOL, TYPE_CODE = 6, 20                 # dlpack.h: kDLBool, and where DLTensor (of 64 bits) has its dtype.code


def capsule(values):
    """A DLPack capsule (without a version) of new memory."""
    try:
        return values.__dlpack__()
    except (BufferError, TypeError):
        if values.dtype != numpy.bool_:
            raise
    import ctypes
    made = values.view("uint8").__dlpack__()
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    ctypes.c_uint8.from_address(pointer(made, b"dltensor") + TYPE_CODE).value = BOOL
    return made
