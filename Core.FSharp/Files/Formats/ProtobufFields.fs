namespace Initializers.Files

open System.IO
open Google.Protobuf

/// A run of a file's bytes.
type internal ByteRange =
    { Start: int64
      Length: int64 }

    member this.Last = this.Start + this.Length

/// Fields of protocol buffers with their places in a file.
[<Sealed>]
type internal Wire(stream: Stream) =
    let mutable input = new CodedInputStream(stream, true)

    member _.Input = input

    /// In the file, not in what has been read of it.
    member _.Position = input.Position

    /// Why the bytes are no message; nothing is read after it.
    member val Fault: string option = None with get, set

    /// Continues at a byte of the file, without reading those before it.
    member _.Seek(position: int64) =
        stream.Position <- position
        input <- new CodedInputStream(stream, true)

    /// The content of the field of bytes whose tag has been read, in a message that ends at `last`.
    member this.Content(last: int64) : ByteRange =
        let length = int64 (input.ReadLength())
        let start = this.Position

        if length < 0L || length > last - start then
            this.Fault <- Some $"a field at byte {start} continues after the end of its message."
            { Start = start; Length = 0L }
        else
            { Start = start; Length = length }

    /// Reads each field up to `last`, by its first byte, number and wire type.
    member this.Fields(last: int64, read: int64 -> int -> uint32 -> 'a) : 'a list =
        [ while this.Fault.IsNone && this.Position < last do
              let start = this.Position
              let tag = input.ReadTag()
              yield read start (int (tag >>> 3)) (tag &&& 7u)

              if this.Position > last then
                  this.Fault <- Some $"a field at byte {start} continues after the end of its message." ]

    /// Reads the message whose tag has been read, in one that ends at `last`.
    member this.Message(last: int64, read: int64 -> int -> uint32 -> 'a) : 'a list =
        this.Fields((this.Content last).Last, read)

    /// The field from its first byte to here.
    member this.Whole(start: int64) : ByteRange =
        { Start = start
          Length = this.Position - start }
