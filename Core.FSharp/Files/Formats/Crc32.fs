namespace Initializers.Files

open System
open System.Buffers.Binary

/// The checksum of zip files: CRC-32 with the reflected polynomial 0xEDB88320 (APPNOTE.TXT 6.3.10, section 4.4.7). Eight
/// bytes are taken at a time, each through a table.
[<Sealed>]
type internal Crc32() =
    static let tables: uint32[][] =
        let step (crc: uint32) =
            if crc &&& 1u = 1u then
                (crc >>> 1) ^^^ 0xEDB88320u
            else
                crc >>> 1

        let first =
            Array.init 256 (fun i -> Seq.fold (fun crc _ -> step crc) (uint32 i) (seq { 1..8 }))

        (first, seq { 1..7 })
        ||> Seq.scan (fun table _ -> table |> Array.map (fun crc -> first[int (crc &&& 0xFFu)] ^^^ (crc >>> 8)))
        |> Array.ofSeq

    let mutable state = UInt32.MaxValue

    /// The checksum of all bytes that were added.
    member _.Value = ~~~state

    member _.Add(bytes: ReadOnlySpan<byte>) =
        let inline at table (word: uint32) shift =
            tables[table].[int ((word >>> shift) &&& 0xFFu)]

        let mutable crc = state
        let mutable i = 0

        while bytes.Length - i >= 8 do
            let low = crc ^^^ BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice i)
            let high = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(i + 4))

            crc <-
                at 7 low 0
                ^^^ at 6 low 8
                ^^^ at 5 low 16
                ^^^ at 4 low 24
                ^^^ at 3 high 0
                ^^^ at 2 high 8
                ^^^ at 1 high 16
                ^^^ at 0 high 24

            i <- i + 8

        while i < bytes.Length do
            crc <- tables[0].[int ((crc ^^^ uint32 bytes[i]) &&& 0xFFu)] ^^^ (crc >>> 8)
            i <- i + 1

        state <- crc
