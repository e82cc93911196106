"""Loads and stores at any place of a byte array, for the compiled kernels.

Indexing an array reads one byte, and first asks whether the index is negative: in a loop over bytes that takes as
long as the work, and keeps the compiler from doing many of them at once. numba's cache does not notice a change
here: touch the kernels' files too.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _loader(bits: int, result: Any) -> Any:
    """An intrinsic ``load(array, index)``: the little-endian integer at any byte of a uint8 array."""

    @intrinsic
    def load(typingctx: Any, array: Any, index: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            pointer = builder.gep(data, [args[1]])
            word = ir.IntType(bits)
            return builder.load(builder.bitcast(pointer, word.as_pointer()), align=1, typ=word)

        return result(array, types.int64), codegen

    return load


def _storer(bits: int, given: Any) -> Any:
    """An intrinsic ``store(array, index, value)``: writes a little-endian integer at any byte of a uint8 array."""

    @intrinsic
    def store(typingctx: Any, array: Any, index: Any, value: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            pointer = builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(bits).as_pointer())
            builder.store(args[2], pointer, align=1)
            return context.get_dummy_value()

        return types.void(array, types.int64, given), codegen

    return store


def _rotation() -> Any:
    """An intrinsic ``rotate_left(value, bits)`` of a uint64.

    Written with two shifts, a rotated product becomes two products: the compiler takes each shift into its factor.
    """

    @intrinsic
    def rotate(typingctx: Any, value: Any, bits: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
            word = ir.IntType(64)
            funnel = builder.module.declare_intrinsic("llvm.fshl", [word], ir.FunctionType(word, [word] * 3))
            return builder.call(funnel, [args[0], args[0], args[1]])

        return types.uint64(types.uint64, types.uint64), codegen

    return rotate


def _peeker(bits: int, result: Any) -> Any:
    """An intrinsic ``peek(address, index)``: item `index` of the integers that begin at a place in memory."""

    @intrinsic
    def peek(typingctx: Any, address: Any, index: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
            pointer = builder.inttoptr(args[0], ir.IntType(bits).as_pointer())
            return builder.load(builder.gep(pointer, [args[1]]), align=1)

        return result(types.int64, types.int64), codegen

    return peek


def _prefetcher() -> Any:
    """An intrinsic ``prefetch(address)``: has the memory that holds a byte brought near, and does not wait."""

    @intrinsic
    def prefetch(typingctx: Any, address: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
            byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
            function = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
            called = cgutils.get_or_insert_function(  # type: ignore[no-untyped-call]
                builder.module, function, "llvm.prefetch.p0"
            )
            flags = [ir.Constant(number, value) for value in (0, 3, 1)]  # to read; to be kept; data
            builder.call(called, [builder.inttoptr(args[0], byte), *flags])
            return context.get_dummy_value()

        return types.void(types.int64), codegen

    return prefetch


def _copier() -> Any:
    """An intrinsic ``copy(target, source, size)``: bytes from one address to another that do not overlap."""

    @intrinsic
    def copy(typingctx: Any, target: Any, source: Any, size: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
            byte = ir.IntType(8).as_pointer()
            places = [builder.inttoptr(arg, byte) for arg in args[:2]]
            cgutils.raw_memcpy(builder, places[0], places[1], args[2], 1)  # type: ignore[no-untyped-call]
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), codegen

    return copy


def _bit_counter() -> Any:
    """An intrinsic ``bit_count(value)``: how many bits of a uint64 are set."""

    @intrinsic
    def bit_count(typingctx: Any, value: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:  # noqa: ARG001
            return builder.ctpop(args[0])

        return types.int64(types.uint64), codegen

    return bit_count


load_u8 = _loader(8, types.uint8)
load_u16 = _loader(16, types.uint16)
load_u32 = _loader(32, types.uint32)
load_u64 = _loader(64, types.uint64)
store_u8 = _storer(8, types.uint8)
store_u32 = _storer(32, types.uint32)
store_u64 = _storer(64, types.uint64)
rotate_left = _rotation()
peek_u8 = _peeker(8, types.uint8)
peek_u16 = _peeker(16, types.uint16)
peek_u32 = _peeker(32, types.uint32)
peek_u64 = _peeker(64, types.uint64)
peek_i64 = _peeker(64, types.int64)
prefetch = _prefetcher()
copy_bytes = _copier()
bit_count = _bit_counter()
