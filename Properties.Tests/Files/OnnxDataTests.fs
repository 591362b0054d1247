/// Files of external data next to ONNX models.
module Initializers.Properties.OnnxDataTests

open System
open System.IO
open System.Threading
open Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.OnnxFiles
open Initializers.Properties.OnnxTests

[<Fact>]
let ``a model that is cancelled leaves the old one with its data, also when the data are complete`` () =
    inFolder (fun at ->
        File.WriteAllBytes(at "m.onnx", OnnxTests.external)
        File.WriteAllBytes(at "m.onnx.data", externalData)
        File.WriteAllText(at "r.json", weightRules)

        let text =
            { request at "m.onnx" "new.onnx" with
                Unmatched = "keep" }

        ok (write text)

        let files () =
            [ for name in [ "new.onnx"; "new.onnx.data" ] -> File.ReadAllBytes(at name) ]

        let before = files ()
        let entries = Directory.GetFileSystemEntries(at ".").Length

        for bytes in [ 1L; externalData.LongLength; externalData.LongLength + 1L ] do
            use source = new CancellationTokenSource()

            let progress written _ =
                if written >= bytes then
                    source.Cancel()

            let again =
                { text with
                    Seed = "43"
                    Overwrite = true }

            let result = Request.writeModel again progress source.Token |> Result.map ignore
            Assert.Equal<string list>([ "cancelled" ], codes result)
            Assert.Equal<byte[] list>(before, files ())
            Assert.Equal(entries, Directory.GetFileSystemEntries(at ".").Length))

[<Fact>]
let ``external data that are kept have a place in the folder, and the length of their shape and type`` () =
    inFolder (fun at ->
        File.WriteAllText(at "r.json", weightRules)
        Directory.CreateDirectory(at "in") |> ignore
        File.WriteAllBytes(at "in/m.data", Array.zeroCreate 100)
        File.WriteAllBytes(at "outside.data", Array.zeroCreate 100)

        let text =
            { request at "in/m.onnx" "new.onnx" with
                Unmatched = "keep" }

        let written number dims fields =
            let weight = tensor "a.w" 1L [ 2L ] [ raw (Array.zeroCreate 8) ]
            File.WriteAllBytes(at "in/m.onnx", model [ weight; tensor "kept" number dims fields ] [])
            let found = codes (write text)

            if not found.IsEmpty then
                Assert.False(File.Exists(at "new.onnx") || File.Exists(at "new.onnx.data"))

            found

        let entries (pairs: (string * string) list) =
            [ for key, value in pairs do
                  yield pair 13 key value
              yield OnnxFiles.number 14 1L ]

        let use' = OnnxFiles.external

        for number, dims, fields in
            [ 1L, [ 2L ], use' "m.data" 0L 7L
              7L, [ 2L ], use' "m.data" 0L 8L
              7L, [ -2L ], use' "m.data" 0L 16L
              8L, [ 2L ], use' "m.data" 0L 8L
              1L, [ 2L ], use' "m.data" 9223372036854775800L 8L
              7L, [ Int64.MaxValue; 2L ], entries [ "location", "m.data" ]
              1L, [ 2L ], entries [ "location", "m.data"; "offset", "-4" ]
              1L, [ 2L ], entries [ "location", "m.data"; "length", "eight" ]
              1L, [ 2L ], entries [ "offset", "0"; "length", "8" ]
              1L, [ 2L ], use' "" 0L 8L ] do
            Assert.Equal<string list>([ "onnx-malformed" ], written number dims fields)

        Assert.Equal<string list>([ "file-truncated" ], written 7L [ 13L ] (entries [ "location", "m.data" ]))

        if not (OperatingSystem.IsWindows()) then
            File.CreateSymbolicLink(at "in/file.data", "../outside.data") |> ignore
            Directory.CreateSymbolicLink(at "in/folder", "..") |> ignore
            File.CreateSymbolicLink(at "in/inside.data", "m.data") |> ignore

            for location in [ "file.data"; "folder/outside.data" ] do
                Assert.Equal<string list>([ "onnx-malformed" ], written 1L [ 2L ] (use' location 0L 8L))

            Assert.Empty(written 1L [ 2L ] (use' "inside.data" 0L 8L))
            File.Delete(at "new.onnx")
            File.Delete(at "new.onnx.data")

        Assert.Empty(written 7L [ 12L ] (entries [ "location", "m.data"; "offset", "4" ])))
