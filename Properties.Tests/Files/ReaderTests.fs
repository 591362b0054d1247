/// Readers of files from elsewhere: whatever the bytes, a value or coded faults, in memory that a lying length does not
/// decide.
module Initializers.Properties.ReaderTests

open System
open System.IO
open System.Text
open System.Threading
open Xunit
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

let private inspect (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Inspection.ofStream "x.safetensors" stream (fun _ _ -> ()) CancellationToken.None

let private headers (bytes: byte[]) =
    [ SafetensorsReader.header (new MemoryStream(bytes))
      SafetensorsReader.header (new Pipe(bytes))
      NpyReader.header "a" (new MemoryStream(bytes))
      NpyReader.header "a" (new Pipe(bytes)) ]

/// The readers answer, and allocate no more than a small multiple of the bytes that are there.
let private answers (bytes: byte[]) =
    // JSON's pooled buffers and tables are made once, by whichever test is first.
    let limit = 1_000_000L + 400L * int64 bytes.Length
    let results, spent = allocated (fun () -> headers bytes)
    let inspected, spentToo = allocated (fun () -> inspect bytes)

    List.forall coded results
    && coded inspected
    && spent <= limit
    && spentToo <= limit

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 3000)>]
let ``nonsense is answered with a value or coded faults, in bounded memory`` (Nonsense bytes) = answers bytes

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 5000)>]
let ``a mutated file is answered with a value or coded faults, in bounded memory`` (Mutated bytes) = answers bytes

/// Each element of a list takes some hundred bytes while it is read.
[<Fact>]
let ``a list of a million axes allocates nothing of its length`` () =
    let bytes =
        file [ entry "a" "U8" (String.Join(",", Array.create 1_000_000 "1")) 0 1 ] 1

    let result, spent =
        allocated (fun () -> SafetensorsReader.header (new MemoryStream(bytes)))

    Assert.Equal<string list>([ "shape-rank" ], codes result)
    // JSON's own table has twelve bytes for a number, and doubles as it grows.
    Assert.InRange(spent, 0L, 50_000_000L)

[<Fact>]
let ``the files that are mutated are read`` () =
    for file in validFiles do
        Assert.Empty(codes (inspect file))

[<Theory>]
[<InlineData(100_000_000UL, "file-truncated")>]
[<InlineData(100_000_001UL, "header-length")>]
[<InlineData(0x7FFFFFFFFFFFFFFFUL, "header-length")>]
[<InlineData(UInt64.MaxValue, "header-length")>]
[<InlineData(1UL, "header-length")>]
let ``a lying length allocates nothing of its size`` (length: uint64) (code: string) =
    let bytes = withLength length (Encoding.UTF8.GetBytes "{}") [||]

    for stream in [ new MemoryStream(bytes) :> Stream; new Pipe(bytes) ] do
        SafetensorsReader.header (new MemoryStream(bytes)) |> ignore
        let result, spent = allocated (fun () -> SafetensorsReader.header stream)
        Assert.Equal<string list>([ code ], codes result)
        Assert.InRange(spent, 0L, 200_000L)

[<Fact>]
let ``lying shapes, offsets and npy lengths allocate nothing of their size`` () =
    for bytes in
        [ safetensors
              """{"a":{"dtype":"F64","shape":[1152921504606846975],"data_offsets":[0,9223372036854775800]}}"""
              [||]
          safetensors """{"a":{"dtype":"U8","shape":[1000000000],"data_offsets":[0,1000000000]}}""" (zeros 10)
          npy 1uy "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000)}" (zeros 10)
          Array.concat [ npy 2uy "" [||] |> Array.truncate 8; [| 0xFFuy; 0xFFuy; 0xFFuy; 0x7Fuy |] ] ] do
        inspect bytes |> ignore
        let result, spent = allocated (fun () -> inspect bytes)
        Assert.True(Result.isError result)
        Assert.InRange(spent, 0L, 300_000L)

let private malformed: (string * byte[] * string) list =
    [ "no bytes", [||], "file-truncated"
      "seven bytes", zeros 7, "file-truncated"
      "no header", withLength 50UL (Encoding.UTF8.GetBytes "{}") [||], "file-truncated"
      "a text", Encoding.UTF8.GetBytes "once upon a time", "header-length"
      "no object", safetensors "[1]" [||], "header-syntax"
      "a space first", safetensors " {}" [||], "header-syntax"
      "not UTF-8", withLength 4UL [| byte '{'; 0xFFuy; 0xFEuy; byte '}' |] [||], "header-syntax"
      "not JSON", safetensors """{"a":}""" [||], "json-syntax"
      "deep JSON", safetensors ("{\"a\":" + String('[', 5000)) [||], "json-syntax"
      "a lone surrogate", safetensors """{"\ud800":{}}""" [||], "json-field"
      "no fields", safetensors """{"a":{}}""" [||], "json-field json-field json-field"
      "no tensor", safetensors """{"a":3}""" [||], "json-field"
      "a field twice",
      safetensors """{"a":{"dtype":"F32","dtype":"F32","shape":[],"data_offsets":[0,4]}}""" (zeros 4),
      "json-field"
      "metadata of numbers", safetensors """{"__metadata__":{"seed":42,"bits":1}}""" [||], "json-field json-field"
      "a name twice", file [ entry "a" "F32" "1" 0 4; entry "a" "F32" "1" 4 8 ] 8, "tensor-duplicate"
      "unknown dtypes",
      file [ entry "a" "F31" "1" 0 4; entry "b" "f32" "1" 4 8 ] 8,
      "stored-type-unknown stored-type-unknown"
      "a fraction of an axis", file [ entry "a" "F32" "1.5" 0 4 ] 4, "json-field"
      "1001 axes", file [ entry "a" "U8" (String.Join(",", Array.create 1001 "1")) 0 1 ] 1, "shape-rank"
      "a negative axis", file [ entry "a" "F32" "-1" 0 4 ] 4, "shape-negative"
      "2^64 elements", file [ entry "a" "F32" "4294967296,4294967296" 0 4 ] 4, "shape-overflow"
      "shape and bytes", file [ entry "a" "F32" "2" 0 4 ] 4, "bytes-mismatch"
      "half a byte", file [ entry "a" "F4" "3" 0 2 ] 2, "bytes-mismatch"
      "the end first", file [ entry "a" "F32" "1" 4 0 ] 4, "json-field"
      "a negative offset", file [ entry "a" "F32" "1" -4 0 ] 4, "json-field"
      "an overlap", file [ entry "a" "F32" "2" 0 8; entry "b" "F32" "1" 4 8 ] 8, "tensors-overlap"
      "a hole", file [ entry "a" "F32" "1" 0 4; entry "b" "F32" "1" 8 12 ] 12, "bytes-unclaimed"
      "a hole in front", file [ entry "a" "F32" "1" 4 8 ] 8, "bytes-unclaimed"
      "bytes behind", file [ entry "a" "F32" "1" 0 4 ] 5, "bytes-unclaimed"
      "truncated data", file [ entry "a" "F32" "1" 0 4; entry "b" "F32" "1" 4 8 ] 3, "file-truncated"
      "offsets beyond",
      file [ entry "a" "F32" "1" 0 4; entry "b" "F32" "1" 400 404 ] 8,
      "bytes-unclaimed offsets-out-of-range"
      "all at once",
      file
          [ "\"__metadata__\":{\"k\":1}"
            entry "a" "F31" "-1" 0 4
            entry "b" "F32" "2" 0 4
            "\"c\":{\"dtype\":\"F32\"}" ]
          8,
      "json-field stored-type-unknown shape-negative bytes-mismatch json-field json-field"
      "npy version 4", npy 4uy "{}" [||], "header-syntax"
      "npy without a length", npy 1uy "" [||] |> Array.truncate 9, "file-truncated"
      "npy without a header", npy 1uy "{}" [||] |> Array.truncate 11, "file-truncated"
      "npy's header is no dictionary", npy 1uy "[1, 2]" [||], "header-syntax"
      "npy's header is a program", npy 1uy "{'descr': open('x')}" [||], "header-syntax"
      "npy's header is deep", npy 2uy (String('(', 100000)) [||], "header-syntax"
      "npy lacks a name", npy 1uy "{'descr': '<f4', 'shape': (1,)}" (zeros 4), "header-syntax"
      "npy has a name twice", npy 1uy "{'descr': '<f4', 'shape': (1,), 'shape': (1,)}" (zeros 4), "header-syntax"
      "npy is structured",
      npy 1uy "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}" (zeros 4),
      "stored-type-unsupported"
      "npy of objects",
      npy 1uy "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}" (zeros 4),
      "stored-type-unsupported"
      "npy of texts",
      npy 1uy "{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}" (zeros 12),
      "stored-type-unsupported"
      "npy of bfloat16",
      npy 1uy "{'descr': '<V2', 'fortran_order': False, 'shape': (1,)}" (zeros 2),
      "stored-type-unsupported"
      "npy of an unknown dtype, and more",
      npy 1uy "{'descr': '<f3', 'fortran_order': 1, 'shape': (-1,)}" (zeros 3),
      "stored-type-unknown shape-negative header-syntax"
      "npy of 2^64 elements",
      npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}" [||],
      "shape-overflow"
      "npy truncated", npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}" (zeros 7), "file-truncated"
      "npy with bytes behind",
      npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}" (zeros 9),
      "bytes-unclaimed"
      "npy 3.0 not UTF-8", npy 3uy "{}" [||] |> Array.map (fun b -> if b = byte '{' then 0xFFuy else b), "header-syntax" ]

[<Fact>]
let ``a malformed file is a failure with every fault's code`` () =
    for name, bytes, expected in malformed do
        match inspect bytes with
        | Ok _ -> failwith $"{name}: read"
        | Error faults ->
            Assert.Equal((name, expected), (name, faults |> List.map InitError.code |> String.concat " "))
            Assert.All(faults, fun fault -> Assert.True(InitError.isFailure fault, name))
            Assert.All(faults, fun fault -> Assert.StartsWith("'x.safetensors': ", InitError.message fault))

[<Fact>]
let ``a header is read from where the stream stands, and the stream is left at the data`` () =
    let bytes = Array.append (zeros 3) validFiles.Head
    let stream = new MemoryStream(bytes, Position = 3L)
    let header = ok (SafetensorsReader.header stream)
    Assert.Equal(stream.Position, 3L + header.DataStart)
    Assert.Equal<(string * string) list>([ "seed", "42" ], header.Metadata)
    Assert.Equal<string list>([ "a"; "b"; "c" ], header.Tensors |> List.map _.Name)
