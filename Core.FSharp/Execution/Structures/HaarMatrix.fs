namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open Microsoft.FSharp.NativeInterop
open Initializers
open Initializers.FSharp

/// An orthogonal matrix in separate memory, whose elements are read through a map: for tensors that take only some of them, or
/// take them to other positions.
[<Sealed>]
type internal HaarMatrix(target: DType, seed: Seed, rows: int64, columns: int64, gain: float, map: Affine) =
    let isPlain = map.Offset = 0.0 && not (Affine.isClip map)

    let wide =
        if target = DType.Float64 then
            DType.Float64
        else
            DType.Float32

    // A narrower dtype's elements are moved as they are; under a map they are float32 till the end.
    let dtype = if isPlain then target else wide
    let size = DType.size dtype

    let memory =
        NativeMemory.AlignedAlloc(unativeint (Shape.product [ rows; columns; int64 size ]), 64un)

    let address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> memory)

    do
        try
            Orthogonal.Write(dtype, seed, gain, rows, columns, address)
        with _ ->
            NativeMemory.AlignedFree memory
            reraise ()

    let value (x: float) =
        max map.Low (min map.High (x + map.Offset))

    /// Writes the elements that a region's window holds.
    member _.Copy(region: SubTensor) =
        if isPlain then
            TensorWindow.copy region address
        else
            TensorWindow.map region address dtype value

    /// The bits of an element.
    member _.Bits(index: int64) : uint64 =
        let source = address + nativeint index * nativeint size

        if isPlain then
            TensorWindow.get size source
        elif dtype = DType.Float64 then
            BitConverter.DoubleToUInt64Bits(value (NativePtr.read (NativePtr.ofNativeInt source)))
        else
            let x: float32 = NativePtr.read (NativePtr.ofNativeInt source)
            uint64 (Rounding.nearest target (float32 (value (float x))))

    interface IDisposable with
        member _.Dispose() = NativeMemory.AlignedFree memory
