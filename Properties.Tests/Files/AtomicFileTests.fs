/// Files are whole or absent, whatever happens while they are written.
module Initializers.Properties.AtomicFileTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open Xunit
open Initializers.Files
open Initializers.FSharp

let private inFolder test =
    let folder = Directory.CreateTempSubdirectory "initializers-"

    try
        test folder.FullName
    finally
        folder.Delete true

let private half (stream: Stream) =
    stream.Write(ReadOnlySpan(Array.create 100_000 1uy))
    Assert.True(stream.Length > 0L)

/// Bodies that break off in the middle, each with what becomes of it.
let private broken: (string * (Stream -> Result<unit, InitError list>) * InitError list option) list =
    [ "fault",
      (fun s ->
          half s
          Error [ InitError.BrokenPipe ]),
      Some [ InitError.BrokenPipe ]
      "cancelled",
      (fun s ->
          half s
          raise (OperationCanceledException())),
      Some [ InitError.Cancelled ]
      "disk",
      (fun s ->
          half s
          raise (IOException "full")),
      None
      "access",
      (fun s ->
          half s
          raise (UnauthorizedAccessException "no")),
      None ]

[<Fact>]
let ``a body that breaks off leaves no file, and an old file as it was`` () =
    for name, body, faults in broken do
        for existing in [ false; true ] do
            inFolder (fun folder ->
                let path = Path.Combine(folder, "w.bin")

                if existing then
                    File.WriteAllText(path, "before")

                let expected =
                    match faults with
                    | Some faults -> faults
                    | None -> [ InitError.FileUnwritable(path, (if name = "disk" then "full" else "no")) ]

                Assert.Equal<Result<unit, InitError list>>(Error expected, AtomicFile.write path true body)

                if existing then
                    Assert.Equal("before", File.ReadAllText path)

                Assert.Equal((if existing then 1 else 0), Directory.GetFileSystemEntries(folder).Length))

[<Fact>]
let ``an exception that no disk makes reaches the caller and leaves no file either`` () =
    inFolder (fun folder ->
        let body s : Result<unit, InitError list> =
            half s
            raise (InvalidOperationException "a bug")

        Assert.Throws<InvalidOperationException>(fun () ->
            AtomicFile.write (Path.Combine(folder, "w.bin")) true body |> ignore)
        |> ignore

        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a folder that takes no file is reported in a sentence without the temporary file's name`` () =
    let name = "/far/.initializers-1.partial"

    for e, expected in
        [ UnauthorizedAccessException $"Access to the path '{name}' is denied." :> exn, "its folder takes no new file."
          IOException $"Could not find a part of the path '{name}'.", "its folder takes no new file."
          IOException $"No space left on device : '{name}'", "No space left on device" ] do
        Assert.Equal(expected, Partials.nameless name e)

[<Fact>]
let ``a file that came while another was written is not replaced without leave`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "w.bin")

        let body (s: Stream) =
            half s
            File.WriteAllText(path, "other")
            Ok()

        Assert.Equal<Result<unit, InitError list>>(
            Error [ InitError.FileExists path ],
            AtomicFile.write path false body
        )

        Assert.Equal("other", File.ReadAllText path)
        Assert.Single(Directory.GetFileSystemEntries folder) |> ignore)

let private code result =
    match result with
    | Ok() -> "ok"
    | Error faults -> faults |> List.map InitError.code |> String.concat " "

let private shell folder (command: string) =
    use child =
        ProcessStartInfo("sh", [ "-c"; command ], WorkingDirectory = folder)
        |> Process.Start
        |> nonNull

    child.WaitForExit()
    Assert.Equal(0, child.ExitCode)

let private bytes (text: string) (stream: Stream) =
    stream.Write(ReadOnlySpan(Text.Encoding.UTF8.GetBytes text))
    Ok()

[<Fact>]
let ``of many writers without leave to replace exactly one gets the name, and no byte of another`` () =
    for round in 1..20 do
        inFolder (fun folder ->
            let path = Path.Combine(folder, "w.bin")
            use start = new Barrier 8

            let results =
                Array.init 8 (fun i ->
                    Task.Factory.StartNew(
                        (fun () ->
                            AtomicFile.write path false (fun stream ->
                                let result = bytes $"{round} {i}" stream
                                start.SignalAndWait()
                                result)),
                        TaskCreationOptions.LongRunning
                    ))
                |> Array.map _.Result

            let winner = Array.IndexOf(results, Ok())
            Assert.Equal<string list>([ "ok" ], results |> List.ofArray |> List.map code |> List.filter ((=) "ok"))
            Assert.Equal(7, results |> Array.filter (fun r -> code r = "file-exists") |> Array.length)
            Assert.Equal($"{round} {winner}", File.ReadAllText path)
            Assert.Single(Directory.GetFileSystemEntries folder) |> ignore)

[<Fact>]
let ``a file is flushed before it has its name, and its folder after`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "w.bin")
        let events = ResizeArray()

        let flushes: AtomicFile.Flushes =
            { File = fun stream -> events.Add($"{stream.Length} {File.Exists path}")
              Folder = fun flushed -> events.Add($"{flushed = folder} {File.ReadAllText path}") }

        Assert.Equal("ok", code (AtomicFile.writeWith flushes path false (bytes "new")))
        Assert.Equal<string list>([ "3 False"; "True new" ], List.ofSeq events))

[<Fact>]
let ``both files of a pair are flushed before one has its name, and a pair that breaks off before leaves the old one``
    ()
    =
    inFolder (fun folder ->
        let first = Path.Combine(folder, "a.data")
        let second = Path.Combine(folder, "a")

        let texts () =
            $"{File.ReadAllText first} {File.ReadAllText second}"

        let events = ResizeArray()

        let flushes: AtomicFile.Flushes =
            { File = fun stream -> events.Add($"{stream.Length} {texts ()}")
              Folder = fun _ -> events.Add(texts ()) }

        File.WriteAllText(first, "old")
        File.WriteAllText(second, "model")

        for _, body, _ in broken do
            Assert.NotEqual<string>("ok", code (AtomicFile.writePair true (first, bytes "new") (second, body)))
            Assert.NotEqual<string>("ok", code (AtomicFile.writePair true (first, body) (second, bytes "newer")))
            Assert.Equal("old model", texts ())
            Assert.Equal(2, Directory.GetFileSystemEntries(folder).Length)

        Assert.Equal("ok", code (AtomicFile.writePairWith flushes true (first, bytes "new") (second, bytes "newer")))

        Assert.Equal<string list>([ "3 old model"; "5 old model"; "new newer"; "new newer" ], List.ofSeq events)
        File.Delete first

        Assert.Equal("file-exists", code (AtomicFile.writePair false (first, bytes "other") (second, bytes "other")))

        Assert.False(File.Exists first)
        Assert.Equal("newer", File.ReadAllText second))

[<Fact>]
let ``a file that cannot be flushed is not renamed`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "w.bin")
        File.WriteAllText(path, "before")
        let fail _ = raise (IOException "no disk")

        let write file folder =
            AtomicFile.writeWith { File = file; Folder = folder } path true (bytes "after")

        Assert.Equal<Result<unit, InitError list>>(
            Error [ InitError.FileUnwritable(path, "no disk") ],
            write fail ignore
        )

        Assert.Equal("before", File.ReadAllText path)
        // The folder's flush comes too late to keep the old file, and its failure is no success.
        Assert.Equal("file-unwritable", code (write ignore fail))
        Assert.Equal("after", File.ReadAllText path)
        Assert.Single(Directory.GetFileSystemEntries folder) |> ignore)

[<Fact>]
let ``no pipe, socket or device is replaced, also through a link and if it comes at the last moment`` () =
    if OperatingSystem.IsLinux() then
        inFolder (fun folder ->
            let at name = Path.Combine(folder, name)
            shell folder "mkfifo pipe && ln -s pipe link && ln -s /dev/null null"

            use socket =
                new Net.Sockets.Socket(
                    Net.Sockets.AddressFamily.Unix,
                    Net.Sockets.SocketType.Stream,
                    Net.Sockets.ProtocolType.Unspecified
                )

            socket.Bind(Net.Sockets.UnixDomainSocketEndPoint(at "socket"))

            for name in [ "pipe"; "link"; "null"; "socket" ] do
                for overwrite in [ false; true ] do
                    Assert.Equal<string list>(
                        [ "file-unwritable" ],
                        AtomicFile.check (at name) overwrite 0L |> List.map InitError.code
                    )

                    Assert.Equal("file-unwritable", code (AtomicFile.write (at name) overwrite (bytes "x")))

            let late stream =
                shell folder "mkfifo late"
                bytes "x" stream

            Assert.Equal("file-unwritable", code (AtomicFile.write (at "late") true late))

            for name, kind in [ "pipe", "a pipe"; "late", "a pipe"; "null", "a device"; "socket", "a socket" ] do
                Assert.Equal(FileKind.Special kind, SystemCalls.kind (at name) true)

            Assert.Equal(5, Directory.GetFileSystemEntries(folder).Length))

[<Fact>]
let ``the permissions of a replaced file stay, its set-id and sticky bits do not`` () =
    if not (OperatingSystem.IsWindows()) then
        inFolder (fun folder ->
            let path = Path.Combine(folder, "w.bin")

            for mode in [ 0o6755; 0o7640; 0o1600; 0o4777; 0o664 ] do
                File.WriteAllText(path, "before")
                File.SetUnixFileMode(path, enum<UnixFileMode> mode)
                Assert.Equal("ok", code (AtomicFile.write path true (bytes "after")))
                Assert.Equal(mode &&& 0o777, int (File.GetUnixFileMode path)))

[<Fact>]
let ``a file of a dead writer is removed by the next, one that is written is not`` () =
    if OperatingSystem.IsLinux() then
        inFolder (fun folder ->
            let at name = Path.Combine(folder, name)
            let boot = File.ReadAllText("/proc/sys/kernel/random/boot_id").Replace("-", "")[..7]
            let live, stream = Partials.create folder None
            use stream = stream
            let dead = at $".initializers-{boot}-0123456789ab.partial"
            let other = at ".initializers-00000001-0123456789ab.partial"
            let old = at ".initializers-00000001-ba9876543210.partial"

            for name in [ dead; other; old ] do
                File.WriteAllText(name, "left")

            File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays -2.0)
            File.SetLastWriteTimeUtc(live, DateTime.UtcNow.AddDays -2.0)
            // What only has such a name is not touched.
            File.WriteAllText(at "precious", "left")

            shell
                folder
                $"mkfifo .initializers-{boot}-pipe.partial && ln -s precious .initializers-{boot}-link.partial && mkdir .initializers-{boot}-folder.partial"

            Assert.Equal(8L, Partials.staleBytes folder)
            let before = Directory.GetFileSystemEntries folder |> Set.ofArray
            Assert.Equal("ok", code (AtomicFile.write (at "w.bin") false (bytes "x")))
            let after = Directory.GetFileSystemEntries folder |> Set.ofArray
            Assert.Equal<Set<string>>(Set [ dead; old ], before - after)
            Assert.Equal<Set<string>>(Set [ at "w.bin" ], after - before)
            Assert.Equal(0L, Partials.staleBytes folder)
            stream.Dispose()
            Partials.removeStale folder |> ignore
            Assert.False(File.Exists live))

[<Fact>]
let ``writers in one folder remove none of each other's files`` () =
    inFolder (fun folder ->
        let write i () =
            [ for round in 1..25 -> code (AtomicFile.write (Path.Combine(folder, $"{i}-{round}")) false (bytes "x")) ]

        let results =
            Array.init 8 (fun i -> Task.Factory.StartNew(write i, TaskCreationOptions.LongRunning))
            |> Array.collect (fun task -> Array.ofList task.Result)

        Assert.All(results, (fun result -> Assert.Equal("ok", result)))
        Assert.Equal(200, Directory.GetFileSystemEntries(folder).Length))

[<Fact>]
let ``paths lead to one file as links, hard links and other spellings`` () =
    if OperatingSystem.IsLinux() then
        inFolder (fun folder ->
            let at name = Path.Combine(folder, name)
            File.WriteAllText(at "a", "")
            File.WriteAllText(at "b", "")

            shell
                folder
                "ln a hard && ln -s a soft && ln -s soft softer && mkdir d && ln -s .. d/up && ln -s nothing none"

            for name in [ "a"; "hard"; "soft"; "softer"; "d/../a"; "./a"; "d/up/a" ] do
                Assert.True(AtomicFile.isSame (at name) (at "a"), name)

                Assert.True(
                    AtomicFile.isSame (at "a") (Path.GetRelativePath(Environment.CurrentDirectory, at name)),
                    name
                )

            for name in [ "b"; "none"; "nothing"; "d"; ""; "a\000b" ] do
                Assert.False(AtomicFile.isSame (if name = "" then "" else at name) (at "a"), name))

[<Fact>]
let ``a name that is not valid Unicode is refused, as its bytes would be another name's`` () =
    inFolder (fun folder ->
        let path = Path.Combine(folder, $"w{char 0xD800}.bin")
        Assert.Equal<string list>([ "file-unwritable" ], AtomicFile.check path true 0L |> List.map InitError.code)
        Assert.Equal("file-unwritable", code (AtomicFile.write path true (bytes "x")))
        Assert.Equal<string list>([ "file-unreadable" ], InputFile.validate path |> List.map InitError.code)
        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a pipe is read if somebody writes to it, from its first byte, and refused soon if nobody does`` () =
    if OperatingSystem.IsLinux() then
        inFolder (fun folder ->
            shell folder "mkfifo pipe"
            let path = Path.Combine(folder, "pipe")

            let read () =
                InputFile.opened path (fun stream -> Ok(Text.Encoding.UTF8.GetString(HeaderBytes.read stream 1000)))

            let nobody = Task.Run(fun () -> read ())
            Assert.True(nobody.Wait(TimeSpan.FromSeconds 20.0))

            Assert.Equal<string list>(
                [ "file-unreadable" ],
                Validation.faults nobody.Result |> List.map InitError.code
            )

            for command in
                [ "printf hello > pipe"
                  "(sleep 0.3; printf hello) > pipe"
                  "(sleep 0.3; printf hel; sleep 0.3; printf lo) > pipe" ] do
                use writer =
                    ProcessStartInfo("sh", [ "-c"; command ], WorkingDirectory = folder)
                    |> Process.Start
                    |> nonNull

                Assert.Equal<Result<string, InitError list>>(Ok "hello", read ())
                writer.WaitForExit())
