/// Models in formats other than safetensors: their elements are those of the safetensors file of the same request.
module Initializers.Properties.ModelFormatTests

open System
open System.IO
open System.IO.Compression
open System.Text
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

let private inFolder (work: (string -> string) -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        work (fun name -> Path.Combine(folder, name))
    finally
        Directory.Delete(folder, true)

let private recipe =
    """{"rules": [{"pattern": "ids*", "spec": "randint(0, 100)"}, {"pattern": "mask*", "spec": "bernoulli(0.5)"},
                  {"pattern": "*", "spec": "normal(stddev=0.02)"}]}"""
    |> Encoding.UTF8.GetBytes
    |> ReadOnlyMemory
    |> Recipe.parse "r"
    |> ok

let private planned (tensors: string) =
    Blueprint.parseText "m" $"{{{tensors}}}"
    |> Result.bind (Blueprint.plan (Some recipe) None)
    |> ok

/// Several widths; tensors without elements at the start, in the middle and at the end; one larger than a buffer.
let private tensors =
    planned
        """"none.0": {"dtype": "F32", "shape": [0]},
           "h.0.w": {"dtype": "F16", "shape": [7]}, "h/0/b": {"dtype": "F64", "shape": []},
           "none.1": {"dtype": "F32", "shape": [3, 0, 2]}, "none.2": {"dtype": "F32", "shape": [0, 4]},
           "wide": {"dtype": "F32", "shape": [1500, 1500]}, "ids": {"dtype": "I64", "shape": [5, 6]},
           "mask": {"dtype": "BOOL", "shape": [9]}, "größe": {"dtype": "F32", "shape": [2, 3]},
           "none.3": {"dtype": "F32", "shape": [0]}"""

let private write path tensors =
    Output.model path false Device.Cpu (Seed.ofUInt64 42UL) tensors (fun _ _ -> ()) CancellationToken.None

/// The elements of the safetensors file, by name.
let private expected (tensors: PlannedTensor list) : Map<string, byte[]> =
    let mutable found = Map.empty

    inFolder (fun at ->
        ok (write (at "w.safetensors") tensors)
        use file = File.OpenRead(at "w.safetensors")
        let header = ok (SafetensorsReader.header file)
        let bytes = File.ReadAllBytes(at "w.safetensors")

        found <-
            Map.ofList
                [ for t in header.Tensors -> t.Name, bytes[int (header.DataStart + t.Offset) ..][.. int t.Bytes - 1] ])

    found

/// CRC-32 bit by bit, as APPNOTE.TXT has it.
let private crc (bytes: byte[]) =
    ~~~((UInt32.MaxValue, bytes)
        ||> Array.fold (fun crc b ->
            (crc ^^^ uint32 b, seq { 1..8 })
            ||> Seq.fold (fun crc _ ->
                if crc &&& 1u = 1u then
                    (crc >>> 1) ^^^ 0xEDB88320u
                else
                    crc >>> 1)))

let private contentOf (entry: ZipArchiveEntry) =
    use stream = entry.Open()
    use buffer = new MemoryStream()
    stream.CopyTo buffer
    buffer.ToArray()

[<Property>]
let ``a checksum is that of the bits, however the bytes are cut`` (bytes: byte[]) (cut: int) =
    let cut = abs (cut % (bytes.Length + 1))
    let sum = Crc32()
    sum.Add(ReadOnlySpan(bytes, 0, cut))
    sum.Add(ReadOnlySpan(bytes, cut, bytes.Length - cut))
    sum.Value = crc bytes

[<Fact>]
let ``the checksum of the digits is the published one`` () =
    let sum = Crc32()
    sum.Add(ReadOnlySpan(Encoding.ASCII.GetBytes "123456789"))
    Assert.Equal(0xCBF43926u, sum.Value)

[<Fact>]
let ``an npz file has one stored npy file a tensor, in the model's order`` () =
    inFolder (fun at ->
        ok (write (at "w.npz") tensors)
        use zip = ZipFile.OpenRead(at "w.npz")
        let elements = expected tensors

        Assert.Equal<string list>(
            [ for t in tensors -> t.Entry.Name + ".npy" ],
            [ for entry in zip.Entries -> entry.FullName ]
        )

        for tensor, entry in Seq.zip tensors zip.Entries do
            let bytes = contentOf entry
            Assert.Equal(entry.Length, entry.CompressedLength)
            Assert.Equal(crc bytes, entry.Crc32)
            use stream = new MemoryStream(bytes)
            let header = ok (NpyReader.header tensor.Entry.Name stream)
            Assert.Equal(tensor.Entry.Shape, header.Tensors.Head.Shape)
            Assert.Equal(Storage.toText tensor.Entry.Storage, StoredType.toText header.Tensors.Head.DType)
            Assert.Equal<byte[]>(elements[tensor.Entry.Name], bytes[int header.DataStart ..]))

[<Fact>]
let ``equal requests give equal npz files, without the time`` () =
    inFolder (fun at ->
        ok (write (at "a.npz") tensors)
        ok (write (at "b.npz") tensors)
        Assert.Equal<byte[]>(File.ReadAllBytes(at "a.npz"), File.ReadAllBytes(at "b.npz"))
        use zip = ZipFile.OpenRead(at "a.npz")
        Assert.All(zip.Entries, (fun entry -> Assert.Equal(DateTime(1980, 1, 1), entry.LastWriteTime.DateTime))))

/// A number of the LEB128 form: seven bits a byte, the lowest first.
let rec private leb128 (bytes: byte[]) (at: int) : int64 * int =
    if bytes[at] < 128uy then
        int64 bytes[at], at + 1
    else
        let rest, next = leb128 bytes (at + 1)
        int64 (bytes[at] &&& 127uy) ||| (rest <<< 7), next

/// A .dat file by its description: names, numbers of types, sizes and elements.
let private readDat (bytes: byte[]) : (string * int64 * int64 list * byte[]) list =
    let widths =
        Map.ofList [ 0L, 1; 1L, 1; 2L, 2; 3L, 4; 4L, 8; 5L, 2; 6L, 4; 7L, 8; 11L, 1; 15L, 2 ]

    let tensor at =
        let length, at = leb128 bytes at
        let name = Encoding.UTF8.GetString(bytes, at, int length)
        let number, at = leb128 bytes (at + int length)
        let rank, at = leb128 bytes at

        let sizes, at =
            (at, seq { 1L .. rank })
            ||> Seq.mapFold (fun at _ -> leb128 bytes at)
            |> fun (sizes, at) -> List.ofSeq sizes, at

        let count = int (List.fold (*) 1L sizes) * widths[number]
        (name, number, sizes, bytes[at .. at + count - 1]), at + count

    let count, at = leb128 bytes 0

    let all, ended =
        (at, List.init (int count) id) ||> List.mapFold (fun at _ -> tensor at)

    Assert.Equal(bytes.Length, ended)
    all

[<Fact>]
let ``a dat file has every tensor with its name, number of type, sizes and elements`` () =
    let tensors =
        tensors
        @ planned
            """"long name of more than one hundred and twenty-seven characters, whose length takes two bytes, as do sizes from 128 on to 16383 ........": {"dtype": "BF16", "shape": [300]},
               "ids.u8": {"dtype": "U8", "shape": [3]}, "ids.i8": {"dtype": "I8", "shape": [3]},
               "ids.i16": {"dtype": "I16", "shape": [3]}, "ids.i32": {"dtype": "I32", "shape": [3]}"""

    let numbers =
        Map.ofList
            [ "U8", 0L
              "I8", 1L
              "I16", 2L
              "I32", 3L
              "I64", 4L
              "F16", 5L
              "F32", 6L
              "F64", 7L
              "BOOL", 11L
              "BF16", 15L ]

    inFolder (fun at ->
        ok (write (at "w.dat") tensors)
        let elements = expected tensors

        Assert.Equal<(string * int64 * int64 list * byte[]) list>(
            [ for t in tensors ->
                  t.Entry.Name, numbers[Storage.toText t.Entry.Storage], t.Entry.Shape.Dims, elements[t.Entry.Name] ],
            readDat (File.ReadAllBytes(at "w.dat"))
        ))

let private codesOf (path: string) (tensors: PlannedTensor list) =
    let found = ResizeArray<string>()

    inFolder (fun at ->
        match write (at path) tensors with
        | Ok() -> ()
        | Error faults ->
            found.AddRange(faults |> List.map InitError.code)
            // Nothing half-written.
            Assert.Empty(Directory.GetFileSystemEntries(at ".")))

    List.ofSeq found

[<Theory>]
[<InlineData("/absolute")>]
[<InlineData("../up")>]
[<InlineData("a/../b")>]
[<InlineData("a/./b")>]
[<InlineData("a//b")>]
[<InlineData("folder/")>]
[<InlineData("back\\\\slash")>]
[<InlineData("C:w")>]
[<InlineData("tab\\tw")>]
[<InlineData("")>]
let ``names that leave their folder in an archive are refused`` (name: string) =
    let tensors = planned $"\"{name}\": {{\"dtype\": \"F32\", \"shape\": [2]}}"
    Assert.Equal<string list>([ "name-unsafe" ], codesOf "w.npz" tensors)
    Assert.Empty(codesOf "w.dat" tensors)

[<Fact>]
let ``names that numpy cannot tell apart are refused, and long ones`` () =
    let one = """{"dtype": "F32", "shape": [2]}"""

    Assert.Equal<string list>(
        [ "name-unsafe"; "name-unsafe" ],
        planned $"\"a\": {one}, \"a.npy\": {one}, \"b.npy\": {one}, \"{String('x', 65532)}\": {one}"
        |> codesOf "w.npz"
    )

    Assert.Empty(planned $"\"{String('x', 65531)}\": {one}" |> codesOf "w.npz")

[<Fact>]
let ``types that a format lacks are refused, all at once`` () =
    let tensors =
        planned
            """"a": {"dtype": "BF16", "shape": [2]}, "b": {"dtype": "BF16", "shape": [2]},
               "ids.0": {"dtype": "U16", "shape": [2]}, "ids.1": {"dtype": "U32", "shape": [2]}, "ids.2": {"dtype": "U64", "shape": [2]}"""

    Assert.Equal<string list>([ "dtype-unsupported"; "dtype-unsupported" ], codesOf "w.npz" tensors)
    Assert.Equal<string list>(List.replicate 3 "type-unsupported", codesOf "w.dat" tensors)

[<Fact>]
let ``a cancelled npz leaves nothing`` () =
    inFolder (fun at ->
        use source = new CancellationTokenSource()

        let cancelled =
            Output.model
                (at "w.npz")
                false
                Device.Cpu
                (Seed.ofUInt64 1UL)
                tensors
                (fun _ _ -> source.Cancel())
                source.Token

        Assert.Equal(Error [ InitError.Cancelled ], cancelled)
        Assert.Empty(Directory.GetFileSystemEntries(at ".")))
