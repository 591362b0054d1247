/// Files are whole or absent, whatever happens while they are written.
module Initializers.Properties.AtomicFileTests

open System
open System.IO
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
          Error [ InitError.ReaderLeft ]),
      Some [ InitError.ReaderLeft ]
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
let ``an exception that no disk makes goes on to the caller and leaves nothing either`` () =
    inFolder (fun folder ->
        let body s : Result<unit, InitError list> =
            half s
            raise (InvalidOperationException "a bug")

        Assert.Throws<InvalidOperationException>(fun () ->
            AtomicFile.write (Path.Combine(folder, "w.bin")) true body |> ignore)
        |> ignore

        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``a folder that takes no file is told in a sentence without the name that was tried`` () =
    let name = "/far/.initializers-1.partial"

    for e, expected in
        [ UnauthorizedAccessException $"Access to the path '{name}' is denied." :> exn, "its folder takes no new file."
          IOException $"Could not find a part of the path '{name}'.", "its folder takes no new file."
          IOException $"No space left on device : '{name}'", "No space left on device" ] do
        Assert.Equal(expected, AtomicFile.nameless name e)

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
