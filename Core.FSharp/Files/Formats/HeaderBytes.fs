namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// Bytes of headers, whose lengths are the file's own word and may lie.
module internal HeaderBytes =
    /// The bytes that are left in a stream, where it can say.
    let left (stream: Stream) =
        if stream.CanSeek then
            Some(max 0L (stream.Length - stream.Position))
        else
            None

    /// Exactly `count` bytes, or as many as there are. Memory grows with the bytes that arrive, at most to twice as
    /// many, and never with the count.
    let read (stream: Stream) (count: int) : byte[] =
        let mutable buffer: byte[] = Array.zeroCreate (min count 65536)
        let mutable filled = 0
        let mutable ended = false

        while not ended && filled < count do
            if filled = buffer.Length then
                Array.Resize(&buffer, int (min (int64 count) (2L * int64 buffer.Length)))

            let got = stream.Read(buffer, filled, buffer.Length - filled)
            filled <- filled + got
            ended <- got = 0

        if filled < buffer.Length then
            Array.Resize(&buffer, filled)

        buffer

    /// Exactly `count` bytes, or the fault that there are fewer.
    let exactly (part: string) (stream: Stream) (count: int) : Result<byte[], InitError list> =
        let short have =
            Error [ InitError.FileTruncated(part, int64 count, have) ]

        match left stream with
        | Some have when have < int64 count -> short have
        | _ ->
            let bytes = read stream count

            if bytes.Length < count then
                short (int64 bytes.Length)
            else
                Ok bytes
