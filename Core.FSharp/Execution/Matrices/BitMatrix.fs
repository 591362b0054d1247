namespace Initializers.Kernels

open System
open System.Runtime.InteropServices
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop
open Initializers.FSharp

/// Elements [First, Last) of a matrix, and rows and columns that have them all: some of one row, or whole rows.
[<Struct>]
type internal MarkWindow =
    { First: int64
      Last: int64
      FirstRow: int64
      Rows: int64
      FirstColumn: int64
      Columns: int64 }

[<RequireQualifiedAccess>]
module internal MarkWindow =
    /// The windows of elements [first, last), which are of no more columns than there are elements.
    let ofElements (first: int64) (last: int64) (columns: int64) : MarkWindow list =
        let row (first: int64) (last: int64) =
            { First = first
              Last = last
              FirstRow = first / columns
              Rows = 1L
              FirstColumn = first % columns
              Columns = last - first }

        let firstRow, lastRow = first / columns, (last - 1L) / columns

        if firstRow = lastRow then
            [ row first last ]
        elif last - first < columns then
            [ row first (lastRow * columns); row (lastRow * columns) last ]
        else
            [ { First = first
                Last = last
                FirstRow = firstRow
                Rows = lastRow - firstRow + 1L
                FirstColumn = 0L
                Columns = columns } ]

/// Marked elements of a window of a matrix, a bit each. They stand strip of columns by strip, and within one row by row in whole bytes, so
/// that threads that mark strips do not write to one cache line.
[<Sealed>]
type internal BitMatrix(window: MarkWindow, columns: int64, wide: int) =
    // A multiple of 8 columns, but for a strip that is the whole window.
    let pitch = (wide + 7) / 8
    let strips = (window.Columns - 1L) / int64 wide + 1L

    // BitMatrix are read four bytes at a time.
    let memory: nativeptr<byte> =
        NativePtr.ofVoidPtr (
            NativeMemory.AlignedAlloc(unativeint (Shape.product [ strips; window.Rows; int64 pitch ] + 64L), 64un)
        )

    /// Columns of the matrix.
    member _.Columns = columns

    member _.Window = window

    /// Columns of all strips but the last.
    member _.Wide = wide

    member _.Strips = strips

    /// Bytes from a row to the next in one strip.
    member _.Pitch = pitch

    member _.Width(strip: int64) : int =
        int (min (int64 wide) (window.Columns - strip * int64 wide))

    /// BitMatrix of a row's columns in a strip.
    member _.At(strip: int64, row: int64) : nativeptr<byte> =
        let index = strip * window.Rows + row - window.FirstRow
        NativePtr.ofNativeInt (NativePtr.toNativeInt memory + nativeint (index * int64 pitch))

    interface IDisposable with
        member _.Dispose() =
            NativeMemory.AlignedFree(NativePtr.toVoidPtr memory)

/// Writes the same bits to all marked elements.
[<AbstractClass; Sealed>]
type internal Marked private () =

    static member inline private Mask(line: nativeptr<byte>, bit: int) : uint64 =
        0UL - uint64 ((NativePtr.get line (bit >>> 3) >>> (bit &&& 7)) &&& 1uy)

    /// Elements [first, first + count) of the window, which begin at `target`. `one` gets all ones or zero, and an element's address;
    /// `eight` the address of eight elements' marks, and theirs.
    static member inline private Over
        (
            marks: BitMatrix,
            first: int64,
            count: int64,
            target: nativeint,
            size: int,
            [<InlineIfLambda>] one: uint64 -> nativeint -> unit,
            [<InlineIfLambda>] eight: nativeptr<byte> -> nativeint -> unit
        ) =
        TileBlocks.optimized ()
        let mutable row = first / marks.Columns
        let column = first % marks.Columns - marks.Window.FirstColumn
        let mutable strip = column / int64 marks.Wide
        let mutable bit = int (column % int64 marks.Wide)
        let mutable left = count
        let mutable target = target

        while left > 0L do
            let width = marks.Width strip
            let line = marks.At(strip, row)
            let last = int (min (int64 width) (int64 bit + left))
            left <- left - int64 (last - bit)

            while bit < last && bit &&& 7 <> 0 do
                one (Marked.Mask(line, bit)) target
                bit <- bit + 1
                target <- target + nativeint size

            while bit + 8 <= last do
                eight (NativePtr.add line (bit >>> 3)) target
                bit <- bit + 8
                target <- target + nativeint (8 * size)

            while bit < last do
                one (Marked.Mask(line, bit)) target
                bit <- bit + 1
                target <- target + nativeint size

            bit <- 0
            strip <- strip + 1L

            if strip = marks.Strips then
                strip <- 0L
                row <- row + 1L

    static member private Write16(marks: BitMatrix, first: int64, count: int64, bits: uint64, target: nativeint) =
        let value = uint16 bits
        let values = Vector128.Create value
        let places = Vector128.Create(1us, 2us, 4us, 8us, 16us, 32us, 64us, 128us)

        Marked.Over(
            marks,
            first,
            count,
            target,
            2,
            (fun mask p ->
                let p: nativeptr<uint16> = NativePtr.ofNativeInt p
                let old = NativePtr.read p
                NativePtr.write p (old ^^^ ((old ^^^ value) &&& uint16 mask))),
            (fun mark p ->
                let p: nativeptr<uint16> = NativePtr.ofNativeInt p

                let eight =
                    Vector128.Create(NativePtr.read (NativePtr.ofNativeInt<uint16>(NativePtr.toNativeInt mark)))

                let chosen = Vector128.Equals(Vector128.BitwiseAnd(eight, places), places)
                Vector128.Store(Vector128.ConditionalSelect(chosen, values, Vector128.Load p), p))
        )

    static member private Write32(marks: BitMatrix, first: int64, count: int64, bits: uint64, target: nativeint) =
        let value = uint32 bits
        let values = Vector256.Create value
        let places = Vector256.Create(1u, 2u, 4u, 8u, 16u, 32u, 64u, 128u)

        Marked.Over(
            marks,
            first,
            count,
            target,
            4,
            (fun mask p ->
                let p: nativeptr<uint32> = NativePtr.ofNativeInt p
                let old = NativePtr.read p
                NativePtr.write p (old ^^^ ((old ^^^ value) &&& uint32 mask))),
            (fun mark p ->
                let p: nativeptr<uint32> = NativePtr.ofNativeInt p

                let eight =
                    Vector256.Create(NativePtr.read (NativePtr.ofNativeInt<uint32>(NativePtr.toNativeInt mark)))

                let chosen = Vector256.Equals(Vector256.BitwiseAnd(eight, places), places)
                Vector256.Store(Vector256.ConditionalSelect(chosen, values, Vector256.Load p), p))
        )

    static member private Write64(marks: BitMatrix, first: int64, count: int64, bits: uint64, target: nativeint) =
        let values = Vector256.Create bits
        let lower = Vector256.Create(1UL, 2UL, 4UL, 8UL)
        let upper = Vector256.Create(16UL, 32UL, 64UL, 128UL)

        Marked.Over(
            marks,
            first,
            count,
            target,
            8,
            (fun mask p ->
                let p: nativeptr<uint64> = NativePtr.ofNativeInt p
                let old = NativePtr.read p
                NativePtr.write p (old ^^^ ((old ^^^ bits) &&& mask))),
            (fun mark p ->
                let p: nativeptr<uint64> = NativePtr.ofNativeInt p
                let q = NativePtr.add p 4
                let eight = Vector256.Create(uint64 (NativePtr.read mark))
                let chosen = Vector256.Equals(Vector256.BitwiseAnd(eight, lower), lower)
                Vector256.Store(Vector256.ConditionalSelect(chosen, values, Vector256.Load p), p)
                let chosen = Vector256.Equals(Vector256.BitwiseAnd(eight, upper), upper)
                Vector256.Store(Vector256.ConditionalSelect(chosen, values, Vector256.Load q), q))
        )

    /// To elements [first, first + count) of `size` bytes, which begin at `target`.
    static member Write(marks: BitMatrix, first: int64, count: int64, size: int, bits: uint64, target: nativeint) =
        match size with
        | 2 -> Marked.Write16(marks, first, count, bits, target)
        | 4 -> Marked.Write32(marks, first, count, bits, target)
        | _ -> Marked.Write64(marks, first, count, bits, target)
