namespace Initializers.Kernels

open System
open Microsoft.FSharp.NativeInterop
open Initializers

/// Words of a job, a block at a time: from Philox, or in place of its own words those that a test chose.
[<Struct>]
type internal WordSource =
    {
        Job: Job
        /// Words of the whole job, or null.
        Chosen: nativeptr<uint32>
        /// Their companions, or null.
        ChosenCompanions: nativeptr<uint32>
    }

    static member OfJob(job: Job) : WordSource =
        { Job = job
          Chosen = NativePtr.nullPtr
          ChosenCompanions = NativePtr.nullPtr }

    static member OfWords(count: int, words: nativeptr<uint32>, companions: nativeptr<uint32>) : WordSource =
        { Job =
            { Key = 0UL
              Stream = 0UL
              Offset = 0L
              Count = int64 count }
          Chosen = words
          ChosenCompanions = companions }

    /// How many of a block's words Philox gives: all or none.
    member inline this.Drawn(count: int) : int =
        if NativePtr.isNullPtr this.Chosen then count else 0

    static member private Part(chosen: nativeptr<uint32>, first: int64, count: int, target: nativeptr<uint32>) =
        if not (NativePtr.isNullPtr chosen) then
            let bytes = int64 count * int64 sizeof<uint32>

            Buffer.MemoryCopy(
                NativePtr.toVoidPtr (NativePtr.add chosen (int first)),
                NativePtr.toVoidPtr target,
                bytes,
                bytes
            )

    /// Copies chosen words, if there are any.
    member this.Copy(first: int64, count: int, target: nativeptr<uint32>) =
        WordSource.Part(this.Chosen, first, count, target)

    /// Copies chosen companions, if there are any.
    member this.CopyCompanions(first: int64, count: int, target: nativeptr<uint32>) =
        WordSource.Part(this.ChosenCompanions, first, count, target)

/// What a tile is to draw: elements that a formula makes of words, at an address.
[<Struct>]
type internal TileCall =
    { Width: TileWidth
      DType: DType
      Formula: Formula
      Source: WordSource
      Target: nativeint }

/// Room that a tile has on its stack.
[<Struct>]
type internal TileRoom<'T when 'T: unmanaged> =
    {
        /// Round keys, as vectors of the width.
        Keys: nativeptr<uint64>
        /// A block's words and, where the elements take two, their companions Blocks.Room behind them.
        Words: nativeptr<uint32>
        /// A block's values that cannot be written where they belong.
        Values: nativeptr<'T>
        /// The formula's parameters, where a loop that fills all registers leaves them.
        Parameters: nativeptr<'T>
    }

/// What tiles of every lane width do alike: jobs in blocks that stay in the first-level cache, each generated and then
/// transformed, so that the stores of one are on their way to memory while the next is computed.
///
/// Whoever calls takes the block from its own stack: with a loop beside it, .NET compiles such a method optimized at its
/// first call (there is no replacing on the stack to wait for).
module internal Blocks =
    /// Elements a block. A multiple of what six groups give at every width.
    [<Literal>]
    let Elements = 768

    /// Room behind a block's words for the groups that overshoot.
    [<Literal>]
    let Slack = 192

    /// Words to ask for.
    [<Literal>]
    let Room = 960

    /// 64-bit words of 20 round keys in all elements of the widest vector.
    [<Literal>]
    let Keys = 160

    /// 32-bit elements of the widest vector.
    [<Literal>]
    let Lanes = 16

    /// Bytes of a cache line, to which what vectors read and write is aligned.
    [<Literal>]
    let Line = 64

    /// Room for `count` elements on the caller's stack, from a line's beginning.
    let inline onStack<'T when 'T: unmanaged> (count: int) : nativeptr<'T> =
        let room = NativePtr.stackalloc<byte>(count * sizeof<'T> + Line)

        NativePtr.ofNativeInt (
            (NativePtr.toNativeInt room + nativeint (Line - 1))
            &&& ~~~(nativeint (Line - 1))
        )

    /// Bytes of a tile's room for elements of `size` bytes that take so many words.
    let inline bytesOfRoom (words: int) (size: int) =
        Line + Keys * 8 + words * Room * 4 + Room * size + Line

    /// Parts a tile's room, which it has from its own stack.
    let inline roomAt<'T when 'T: unmanaged> (words: int) (p: nativeptr<byte>) : TileRoom<'T> =
        let keys =
            (NativePtr.toNativeInt p + nativeint (Line - 1)) &&& ~~~(nativeint (Line - 1))

        let first = keys + nativeint (Keys * 8)
        let values = first + nativeint (words * Room * 4)

        { Keys = NativePtr.ofNativeInt keys
          Words = NativePtr.ofNativeInt first
          Values = NativePtr.ofNativeInt values
          Parameters = NativePtr.ofNativeInt (values + nativeint (Room * sizeof<'T>)) }

    /// Makes .NET compile the caller, if it has a loop, optimized at its first call.
    let inline optimized () = NativePtr.stackalloc<byte> 1 |> ignore

    let inline cast<'T when 'T: unmanaged> (p: nativeptr<uint64>) : nativeptr<'T> =
        NativePtr.ofNativeInt (NativePtr.toNativeInt p)

    /// Moves bytes that were left elsewhere to where they belong.
    let move (source: nativeint) (bytes: int) (target: nativeint) =
        if source <> target then
            Buffer.MemoryCopy(source.ToPointer(), target.ToPointer(), int64 bytes, int64 bytes)

    /// Parts a job: `act` gets the first element's place in the job, its Philox block and its place within that, the number of
    /// elements, and their address. All but the first and the last begin and end a line of the target.
    let inline over
        (size: int)
        (job: Job)
        (target: nativeint)
        ([<InlineIfLambda>] act: int64 -> uint64 -> int -> int -> nativeint -> unit)
        =
        let mutable done' = 0L
        let mutable at = target

        while done' < job.Count do
            let position = job.Offset + done'
            let head = int (position &&& 3L)
            let left = job.Count - done'
            let most = Elements - head

            let n =
                if left <= int64 most then
                    int left
                else
                    most - int ((at + nativeint (most * size)) &&& nativeint (Line - 1)) / size

            act done' (uint64 (position >>> 2)) head n at
            done' <- done' + int64 n
            at <- at + nativeint n * nativeint size
