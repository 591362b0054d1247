namespace Initializers.Files

open System
open System.Diagnostics
open System.IO
open System.Threading
open Initializers.FSharp

/// A stream that is read once, from start to end.
[<AbstractClass>]
type internal ForwardStream() =
    inherit Stream()
    override _.CanRead = true
    override _.CanSeek = false
    override _.CanWrite = false
    override _.Length = raise (NotSupportedException())

    override _.Position
        with get () = raise (NotSupportedException())
        and set (_: int64) = raise (NotSupportedException())

    override _.Flush() = ()
    override _.Seek(_: int64, _: SeekOrigin) : int64 = raise (NotSupportedException())
    override _.SetLength(_: int64) : unit = raise (NotSupportedException())

    override _.Write(_: byte[], _: int, _: int) : unit = raise (NotSupportedException())

/// A stream that begins with bytes that were read from it before.
[<Sealed>]
type internal PrefixedStream(first: byte[], rest: Stream) =
    inherit ForwardStream()
    let mutable used = 0

    override _.Read(buffer: byte[], offset: int, count: int) : int =
        if used < first.Length then
            let taken = min count (first.Length - used)
            Array.blit first used buffer offset taken
            used <- used + taken
            taken
        else
            rest.Read(buffer, offset, count)

    override _.Dispose(disposing: bool) =
        if disposing then
            rest.Dispose()

/// Files that are read.
module internal InputFile =
    /// The faults of a path that is to be read, without opening it.
    let validate (path: string) : InitError list =
        match SystemCalls.kind path true with
        | _ when not (Names.isUnicode path) -> [ InitError.FileUnreadable(path, "its name is not valid Unicode.") ]
        | FileKind.Folder -> [ InitError.FileUnreadable(path, "it is a folder.") ]
        | FileKind.Absent -> [ InitError.FileMissing path ]
        | FileKind.Regular
        | FileKind.Special _ -> []

    /// How long a pipe without a writer is watched: a shell starts both ends of a pipe at about the same time.
    let private patience = TimeSpan.FromSeconds 1.0

    /// A named pipe whose first byte has come, or whose writer is there.
    let private pipe (path: string) : Result<Stream, InitError list> =
        let handle = SystemCalls.openPipe path
        let clock = Stopwatch.StartNew()

        let ready first : Result<Stream, InitError list> =
            SystemCalls.waitFor handle
            Ok(new PrefixedStream(first, new FileStream(handle, FileAccess.Read, 0)))

        let rec next () =
            match SystemCalls.readPipe handle with
            | ValueNone -> ready [||]
            | ValueSome [||] when clock.Elapsed < patience ->
                Thread.Sleep 10
                next ()
            | ValueSome [||] ->
                handle.Dispose()
                Error [ InitError.FileUnreadable(path, "it is a pipe that nothing is written to.") ]
            | ValueSome first -> ready first

        next ()

    /// A file's bytes, read once from start to end. Faults of the system become faults of the path.
    let opened (path: string) (work: Stream -> Result<'a, InitError list>) : Result<'a, InitError list> =
        let read () =
            match SystemCalls.kind path true with
            | FileKind.Special "a pipe" when OperatingSystem.IsLinux() ->
                pipe path
                |> Result.bind (fun stream ->
                    use stream = stream
                    work stream)
            | _ ->
                // The stream has no buffer, since readers have one; headers are read in a few calls.
                use stream =
                    new FileStream(path, FileStreamOptions(BufferSize = 0, Options = FileOptions.SequentialScan))

                work stream

        try
            Validation.ofFaults (validate path) () |> Result.bind read
        with
        | :? IOException as e -> Error [ InitError.FileUnreadable(path, e.Message) ]
        | :? UnauthorizedAccessException as e -> Error [ InitError.FileUnreadable(path, e.Message) ]
