namespace Initializers.Files

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.IO.Compression
open System.Text
open System.Text.Unicode
open Initializers.FSharp

/// A file of a zip archive.
type internal ZipItem =
    {
        Name: string
        /// The first byte of its content, counted from the start of the stream.
        Start: int64
        /// The bytes that it takes in the archive, and those of its content.
        Compressed: int64
        Bytes: int64
        /// Whether its bytes are deflated.
        IsDeflated: bool
    }

/// Reads the directory of a zip archive (APPNOTE.TXT 6.3.10), also of zip64. What it says is compared with the bytes that are
/// there: entries lie within the file and do not overlap, and no size is beyond what deflate reaches.
[<RequireQualifiedAccess>]
module internal ZipReader =
    /// The longest directory that is read, in bytes.
    let private longest = 100_000_000L

    /// The most that a byte of deflated data becomes.
    let private mostInflated = 1032L

    let private malformed reason =
        Error [ InitError.Format(FormatFault.ZipMalformed reason) ]

    let private u16 (bytes: byte[]) (at: int) =
        BinaryPrimitives.ReadUInt16LittleEndian(ReadOnlySpan(bytes, at, 2))

    let private u32 (bytes: byte[]) (at: int) =
        BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan(bytes, at, 4))

    let private i64 (bytes: byte[]) (at: int) =
        BinaryPrimitives.ReadInt64LittleEndian(ReadOnlySpan(bytes, at, 8))

    /// Whether bytes begin like an archive.
    let isZip (start: byte[]) =
        start.Length >= 4
        && start[0] = byte 'P'
        && start[1] = byte 'K'
        && (start[2] = 3uy && start[3] = 4uy || start[2] = 5uy && start[3] = 6uy)

    let private at (stream: Stream) (position: int64) (count: int) : byte[] =
        stream.Position <- position
        HeaderBytes.read stream count

    /// The number of entries, and the start and the length of the directory, counted from the start of the archive.
    let private directory (stream: Stream) (start: int64) : Result<struct (int64 * int64 * int64), InitError list> =
        let length = stream.Length - start
        let tail = at stream (start + max 0L (length - 65557L)) 65557

        let isEnd (i: int) =
            u32 tail i = 0x06054B50u && i + 22 + int (u16 tail (i + 20)) = tail.Length

        match seq { tail.Length - 22 .. -1 .. 0 } |> Seq.tryFind isEnd with
        | None -> malformed "it has no end of the directory; the file was cut, or has bytes after the archive."
        | Some ended ->
            let position = length - int64 (tail.Length - ended)
            let locator = at stream (start + max 0L (position - 20L)) 20

            if position >= 20L && u32 locator 0 = 0x07064B50u then
                let record = at stream (start + max 0L (min length (i64 locator 8))) 56

                if record.Length < 56 || u32 record 0 <> 0x06064B50u then
                    malformed "its zip64 directory is not where it is said to be."
                else
                    Ok(struct (i64 record 32, i64 record 48, i64 record 40))
            else
                Ok(struct (int64 (u16 tail (ended + 10)), int64 (u32 tail (ended + 16)), int64 (u32 tail (ended + 12))))

    /// The numbers of an entry that are wider than 32 bits, by the order in which they stand.
    let private wide (extra: byte[]) : int64[] =
        let rec find (i: int) =
            if i + 4 > extra.Length then
                [||]
            else
                let size = int (u16 extra (i + 2))

                if u16 extra i = 1us && i + 4 + size <= extra.Length then
                    [| for k in 0 .. size / 8 - 1 -> i64 extra (i + 4 + 8 * k) |]
                else
                    find (i + 4 + size)

        find 0

    let private nameOf (bytes: byte[]) =
        if Utf8.IsValid(ReadOnlySpan bytes) then
            Encoding.UTF8.GetString bytes
        else
            Encoding.Latin1.GetString bytes

    /// An entry whose header the directory has at a place, with that place; and where the next begins.
    let private entry (bytes: byte[]) (i: int) : Result<struct (ZipItem * int), InitError list> =
        if i + 46 > bytes.Length || u32 bytes i <> 0x02014B50u then
            malformed "its directory has fewer entries than it says."
        else
            let name, extra, comment =
                int (u16 bytes (i + 28)), int (u16 bytes (i + 30)), int (u16 bytes (i + 32))

            let next = i + 46 + name + extra + comment

            if next > bytes.Length then
                malformed "its directory ends within an entry."
            else
                let name' = nameOf bytes[i + 46 .. i + 45 + name]
                let wide = wide bytes[i + 46 + name .. i + 45 + name + extra]
                let mutable used = 0

                let number position =
                    let narrow = u32 bytes position

                    if narrow = UInt32.MaxValue && used < wide.Length then
                        used <- used + 1
                        wide[used - 1]
                    else
                        int64 narrow

                let size = number (i + 24)
                let compressed = number (i + 20)
                let offset = number (i + 42)
                let encrypted = u16 bytes (i + 8) &&& 1us <> 0us

                let unsupported reason =
                    Error [ InitError.Format(FormatFault.ZipUnsupported(name', reason)) ]

                match u16 bytes (i + 10) with
                | _ when encrypted -> unsupported "encrypted"
                | 0us
                | 8us as method ->
                    if size < 0L || compressed < 0L || offset < 0L then
                        malformed $"the entry '{name'}' has a negative size."
                    elif method = 0us && size <> compressed then
                        malformed $"the entry '{name'}' is not compressed and has two sizes, {size} and {compressed}."
                    elif method = 8us && size / mostInflated > compressed + 1L then
                        malformed
                            $"the entry '{name'}' of {compressed} bytes is said to have {size}, more than deflate reaches."
                    else
                        Ok(
                            struct ({ Name = name'
                                      Start = offset
                                      Compressed = compressed
                                      Bytes = size
                                      IsDeflated = (method = 8us) },
                                    next)
                        )
                | method -> unsupported $"compressed by method {method}"

    /// The entry with the start of its content, which its header before the content says.
    let private placed
        (stream: Stream)
        (start: int64)
        (ended: int64)
        (item: ZipItem)
        : Result<ZipItem, InitError list> =
        let header =
            if item.Start <= ended then
                at stream (start + item.Start) 30
            else
                [||]

        if header.Length < 30 || u32 header 0 <> 0x04034B50u then
            malformed $"the entry '{item.Name}' is not where the directory says."
        else
            let first = item.Start + 30L + int64 (u16 header 26) + int64 (u16 header 28)

            if item.Compressed > ended - first then
                malformed $"the entry '{item.Name}' goes beyond the archive."
            else
                Ok { item with Start = start + first }

    /// Entries one after another, each with another name.
    let private distinct (items: ZipItem list) : Result<ZipItem list, InitError list> =
        let names = HashSet<string>(StringComparer.Ordinal)
        let twice = items |> List.tryFind (fun item -> not (names.Add item.Name))

        let overlap =
            items
            |> List.sortBy _.Start
            |> List.pairwise
            |> List.tryFind (fun (a, b) -> a.Start + a.Compressed > b.Start)

        match twice, overlap with
        | Some item, _ -> malformed $"two entries have the name '{item.Name}'."
        | None, Some(a, b) -> malformed $"the entries '{a.Name}' and '{b.Name}' overlap."
        | None, None -> Ok items

    /// The entries of an archive, which begins at the stream's position and ends with the stream.
    let entries (stream: Stream) : Result<ZipItem list, InitError list> =
        let start = stream.Position

        directory stream start
        |> Result.bind (fun (struct (count, first, length)) ->
            let have = stream.Length - start

            if first < 0L || length < 0L || first > have || length > have - first then
                malformed "its directory is not within the file."
            elif length > longest then
                malformed $"its directory has {length} bytes, and {longest} are read."
            else
                let bytes = at stream (start + first) (int length)

                let rec next (i: int) (items: ZipItem list) =
                    if i = bytes.Length then
                        Ok(List.rev items)
                    else
                        match entry bytes i with
                        | Ok(struct (item, after)) -> next after (item :: items)
                        | Error faults -> Error faults

                next 0 []
                |> Result.bind (fun items ->
                    if items.Length <> int (min count (int64 Int32.MaxValue)) then
                        malformed $"its directory has {items.Length} entries, and says {count}."
                    else
                        // Folders have no content.
                        items
                        |> List.filter (fun item -> not (item.Name.EndsWith '/'))
                        |> Array.ofList
                        |> Validation.traverseArray (placed stream start first)
                        |> Result.bind (List.ofArray >> distinct)))

    /// The content of an entry as a stream that cannot seek.
    let opened (stream: Stream) (item: ZipItem) : Stream =
        stream.Position <- item.Start
        let bytes = new BoundedStream(stream, item.Compressed)

        if item.IsDeflated then
            new DeflateStream(bytes, CompressionMode.Decompress)
        else
            bytes

    /// Where bytes of an entry's content are, from some number of them on.
    let place (item: ZipItem) (isBigEndian: bool) (skipped: int64) : ElementPlace =
        { Start = item.Start
          Deflated =
            if item.IsDeflated then
                ValueSome item.Compressed
            else
                ValueNone
          Skipped = skipped
          Strides = []
          BigEndian = isBigEndian }
