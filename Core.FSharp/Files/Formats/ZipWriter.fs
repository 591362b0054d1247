namespace Initializers.Files

open System
open System.IO
open System.Text

/// An entry of a zip file that has been written.
type private ZipEntry =
    { Name: byte[]
      Bytes: int64
      Start: int64
      Crc: uint32 }

/// Writes a zip file of stored entries, whose sizes are known beforehand (APPNOTE.TXT 6.3.10). All numbers are those of zip64,
/// so that files of any size have one form, and dates are 1980-01-01, so that equal contents give equal files.
[<Sealed>]
type internal ZipWriter(stream: Stream) =
    let entries = ResizeArray<ZipEntry>()
    let mutable crc = Crc32()

    let version = 45us
    let utf8 = 0x0800us
    let date = 0x0021us

    let bytes (write: BinaryWriter -> unit) : byte[] =
        use buffer = new MemoryStream()
        use writer = new BinaryWriter(buffer)
        write writer
        writer.Flush()
        buffer.ToArray()

    /// What the header of an entry and the directory have in common, from the version to the lengths.
    let common (writer: BinaryWriter) (entry: ZipEntry) (extra: int) =
        writer.Write version
        writer.Write utf8
        // Stored, at midnight.
        writer.Write 0us
        writer.Write 0us
        writer.Write date
        writer.Write entry.Crc
        writer.Write UInt32.MaxValue
        writer.Write UInt32.MaxValue
        writer.Write(uint16 entry.Name.Length)
        writer.Write(uint16 extra)

    /// The sizes, and other numbers that are wider than 32 bits.
    let wide (writer: BinaryWriter) (numbers: int64 list) =
        writer.Write 1us
        writer.Write(uint16 (8 * numbers.Length))

        for number in numbers do
            writer.Write number

    let header (entry: ZipEntry) =
        bytes (fun writer ->
            writer.Write 0x04034B50u
            common writer entry 20
            writer.Write entry.Name
            wide writer [ entry.Bytes; entry.Bytes ])

    let directory (entry: ZipEntry) =
        bytes (fun writer ->
            writer.Write 0x02014B50u
            // No system: files are unpacked with the usual rights.
            writer.Write version
            common writer entry 28
            // No comment, on the first disk, no attributes.
            writer.Write 0us
            writer.Write 0us
            writer.Write 0us
            writer.Write 0u
            writer.Write UInt32.MaxValue
            writer.Write entry.Name
            wide writer [ entry.Bytes; entry.Bytes; entry.Start ])

    let ending (start: int64) (length: int64) =
        bytes (fun writer ->
            writer.Write 0x06064B50u
            writer.Write 44L
            writer.Write version
            writer.Write version
            writer.Write 0u
            writer.Write 0u
            writer.Write(int64 entries.Count)
            writer.Write(int64 entries.Count)
            writer.Write length
            writer.Write start
            // Where the record before is.
            writer.Write 0x07064B50u
            writer.Write 0u
            writer.Write(start + length)
            writer.Write 1u
            // The record that points to it.
            writer.Write 0x06054B50u
            writer.Write 0us
            writer.Write 0us
            writer.Write UInt16.MaxValue
            writer.Write UInt16.MaxValue
            writer.Write UInt32.MaxValue
            writer.Write UInt32.MaxValue
            writer.Write 0us)

    /// Begins an entry of this many bytes.
    member _.Begin(name: string, length: int64) =
        let entry =
            { Name = Encoding.UTF8.GetBytes name
              Bytes = length
              Start = stream.Position
              Crc = 0u }

        entries.Add entry
        crc <- Crc32()
        stream.Write(ReadOnlySpan(header entry))

    /// Bytes of the current entry.
    member _.Write(bytes: ReadOnlySpan<byte>) =
        crc.Add bytes
        stream.Write bytes

    /// Ends the current entry: its checksum goes into the header before its bytes.
    member _.End() =
        let entry =
            { entries[entries.Count - 1] with
                Crc = crc.Value }

        entries[entries.Count - 1] <- entry
        let position = stream.Position
        stream.Position <- entry.Start
        stream.Write(ReadOnlySpan(header entry))
        stream.Position <- position

    /// Writes the directory of all entries, which ends the file.
    member _.Finish() =
        let start = stream.Position

        for entry in entries do
            stream.Write(ReadOnlySpan(directory entry))

        stream.Write(ReadOnlySpan(ending start (stream.Position - start)))
