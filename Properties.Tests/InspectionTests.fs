/// Readers of files from elsewhere: whatever the bytes, a value or coded faults, in memory that a lying length does not
/// decide; and the statistics of what they read.
module Initializers.Properties.InspectionTests

open System
open System.Buffers.Binary
open System.IO
open System.Text
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Files
open Initializers.Properties.Generators

let private withLength (length: uint64) (header: byte[]) (data: byte[]) =
    let start = Array.zeroCreate<byte> 8
    BinaryPrimitives.WriteUInt64LittleEndian(Span start, length)
    Array.concat [ start; header; data ]

let private safetensors (header: string) (data: byte[]) =
    let utf8 = Encoding.UTF8.GetBytes header
    withLength (uint64 utf8.Length) utf8 data

let private zeros n = Array.zeroCreate<byte> n

let private npy (major: byte) (dict: string) (data: byte[]) =
    let text = Encoding.UTF8.GetBytes(dict + "\n")

    let length =
        if major = 1uy then
            BitConverter.GetBytes(uint16 text.Length)
        else
            BitConverter.GetBytes(uint32 text.Length)

    Array.concat
        [ [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y'; major; 0uy |]
          length
          text
          data ]

let private floats (values: float32 list) =
    values |> List.map BitConverter.GetBytes |> Array.concat

let private inspect (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Inspection.ofStream "x.safetensors" stream (fun _ _ -> ()) CancellationToken.None

/// A stream that cannot say how long it is, as a pipe.
type private Pipe(bytes: byte[]) =
    inherit MemoryStream(bytes)
    override _.CanSeek = false

let private headers (bytes: byte[]) =
    [ SafetensorsReader.header (new MemoryStream(bytes))
      SafetensorsReader.header (new Pipe(bytes))
      NpyReader.header "a" (new MemoryStream(bytes))
      NpyReader.header "a" (new Pipe(bytes)) ]

/// What reading allocates on this thread.
let private allocated (work: unit -> 'a) =
    let before = GC.GetAllocatedBytesForCurrentThread()
    let value = work ()
    value, GC.GetAllocatedBytesForCurrentThread() - before

let private coded (result: Result<'a, InitError list>) =
    match result with
    | Ok _ -> true
    | Error [] -> false
    | Error faults ->
        faults
        |> List.forall (fun fault -> InitError.code fault <> "" && InitError.message fault <> "")

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

/// Any bytes; half of them begin as a file does, with a length that may lie.
type Nonsense = Nonsense of byte[]

/// A well-formed file with some bytes replaced, removed or inserted, or its end cut off.
type Mutated = Mutated of byte[]

let private validFiles =
    [ safetensors
          """{"__metadata__":{"seed":"42"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"b":{"dtype":"BF16","shape":[],"data_offsets":[16,18]},"c":{"dtype":"I64","shape":[0],"data_offsets":[18,18]}}"""
          (zeros 18)
      safetensors """{"x":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[0,3]}}   """ (zeros 3)
      safetensors "{}" [||]
      npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" (zeros 24)
      npy 2uy "{'descr': '>i8', 'fortran_order': True, 'shape': (1,), }" (zeros 8)
      npy 3uy "{'descr': '|b1', 'fortran_order': False, 'shape': (), }" (zeros 1) ]

type FileGenerators =
    static member Nonsense() =
        let any = Gen.choose (0, 255) |> Gen.map byte |> Gen.arrayOf

        let begun =
            gen {
                let! rest = any

                let! tail =
                    Gen.elements [ ""; "{"; "{\"a\":"; "{\"a\":{\"dtype\":\"F32\",\"shape\":[" ]

                let! length =
                    Gen.elements
                        [ 0UL
                          2UL
                          uint64 tail.Length
                          99_999_999UL
                          100_000_000UL
                          100_000_001UL
                          0x7FFFFFFFUL
                          0xFFFFFFFFUL
                          UInt64.MaxValue ]

                return withLength length (Encoding.UTF8.GetBytes tail) rest
            }

        let npyBegun =
            gen {
                let! rest = any
                let! version = Gen.choose (0, 4)

                return
                    Array.concat
                        [ [| 0x93uy
                             byte 'N'
                             byte 'U'
                             byte 'M'
                             byte 'P'
                             byte 'Y'
                             byte version
                             0uy |]
                          rest ]
            }

        Gen.oneof [ any; begun; npyBegun ] |> Gen.map Nonsense |> Arb.fromGen

    static member Mutated() =
        let change (bytes: byte[]) =
            gen {
                let! at = Gen.choose (0, max 0 (bytes.Length - 1))

                let! digit =
                    Gen.elements (List.ofSeq "0123456789-eE.,:\"'{}[]()TFN\\u L<>|f")
                    |> Gen.map byte

                let! any = Gen.choose (0, 255) |> Gen.map byte
                let! value = Gen.elements [ digit; any ]

                if bytes.Length = 0 then
                    return [| value |]
                else
                    return!
                        Gen.elements
                            [ Array.updateAt at value bytes
                              Array.insertAt at value bytes
                              Array.removeAt at bytes
                              Array.truncate at bytes
                              Array.append bytes [| value |] ]
            }

        gen {
            let! file = Gen.elements validFiles
            let! times = Gen.choose (1, 4)
            let mutable bytes = file

            for _ in 1..times do
                let! changed = change bytes
                bytes <- changed

            return Mutated bytes
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 3000)>]
let ``nonsense is answered with a value or coded faults, in bounded memory`` (Nonsense bytes) = answers bytes

[<Property(Arbitrary = [| typeof<FileGenerators> |], MaxTest = 5000)>]
let ``a mutated file is answered with a value or coded faults, in bounded memory`` (Mutated bytes) = answers bytes

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

let private entry name dtype shape first last =
    $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{first},{last}]}}"

let private file (entries: string list) bytes =
    safetensors ("{" + String.Join(",", entries) + "}") (zeros bytes)

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
      "a name twice", file [ entry "a" "F32" "1" 0 4; entry "a" "F32" "1" 4 8 ] 8, "tensor-twice"
      "unknown dtypes",
      file [ entry "a" "F31" "1" 0 4; entry "b" "f32" "1" 4 8 ] 8,
      "stored-type-unknown stored-type-unknown"
      "a fraction of an axis", file [ entry "a" "F32" "1.5" 0 4 ] 4, "json-field"
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
      "bytes-unclaimed offsets-outside"
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
      "stored-type-unread"
      "npy of objects", npy 1uy "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}" (zeros 4), "stored-type-unread"
      "npy of texts", npy 1uy "{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}" (zeros 12), "stored-type-unread"
      "npy of bfloat16",
      npy 1uy "{'descr': '<V2', 'fortran_order': False, 'shape': (1,)}" (zeros 2),
      "stored-type-unread"
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

let private one bytes = (ok (inspect bytes)).Tensors.Head

let private statistics bytes =
    match (one bytes).Statistics with
    | Some s -> s
    | None -> failwith "no statistics"

let private tensorOf dtype (data: byte[]) =
    let count = data.Length * 8 / StoredType.bits (ok (StoredType.parse dtype))
    safetensors ("{" + entry "a" dtype (string count) 0 data.Length + "}") data

[<Fact>]
let ``every dtype is read with its value`` () =
    for dtype, data, value in
        [ "F64", BitConverter.GetBytes -2.5, -2.5
          "F32", BitConverter.GetBytes 0.1f, float 0.1f
          "F16", [| 0x01uy; 0x00uy |], Math.ScaleB(1.0, -24)
          "BF16", [| 0x80uy; 0xBFuy |], -1.0
          "F8_E4M3", [| 0x7Euy |], 448.0
          "F8_E4M3", [| 0x81uy |], -Math.ScaleB(1.0, -9)
          "F8_E5M2", [| 0x7Buy |], 57344.0
          "F8_E5M2", [| 0x01uy |], Math.ScaleB(1.0, -16)
          "F8_E8M0", [| 0x80uy |], 2.0
          "I64", BitConverter.GetBytes -3L, -3.0
          "I32", BitConverter.GetBytes -3, -3.0
          "I16", BitConverter.GetBytes -3s, -3.0
          "I8", [| 0xFDuy |], -3.0
          "U64", BitConverter.GetBytes 0x8000000000000000UL, 9223372036854775808.0
          "U32", BitConverter.GetBytes UInt32.MaxValue, 4294967295.0
          "U16", BitConverter.GetBytes UInt16.MaxValue, 65535.0
          "U8", [| 255uy |], 255.0
          "BOOL", [| 1uy |], 1.0 ] do
        let s = statistics (tensorOf dtype data)
        Assert.Equal((dtype, value, value, value, 0.0), (dtype, s.Mean, s.Min, s.Max, s.Stddev))

[<Fact>]
let ``elements without values on a line have no statistics and are compared all the same`` () =
    for dtype, bytes in [ "C64", 8; "F4", 1; "F6_E2M3", 3; "F6_E3M2", 3 ] do
        let tensor = one (tensorOf dtype (zeros bytes))
        Assert.Equal(None, tensor.Statistics)

    let two =
        file [ entry "a" "C64" "1" 0 8; entry "b" "C64" "1" 8 16 ] 16 |> inspect |> ok

    Assert.Equal<string option list>([ None; Some "a" ], two.Tensors |> List.map _.DuplicateOf)

[<Fact>]
let ``non-finite values are counted and left out`` () =
    for dtype, data, count in
        [ "F32", floats [ nanf; 1.0f; infinityf; 3.0f; -infinityf; 0.0f; -0.0f ], 3L
          "F8_E4M3", [| 0x7Fuy; 0xFFuy; 0x38uy; 0x44uy; 0x00uy; 0x80uy |], 2L
          "F8_E5M2", [| 0x7Cuy; 0xFCuy; 0x7Euy; 0x3Cuy; 0x42uy; 0x00uy; 0x80uy |], 3L ] do
        let s = statistics (tensorOf dtype data)
        Assert.Equal((dtype, count, 2L, 0.0, 3.0, 1.0), (dtype, s.NonFinite, s.Zeros, s.Min, s.Max, s.Mean))

    let none = statistics (tensorOf "F32" (floats [ nanf; infinityf ]))
    Assert.Equal((2L, nan, nan, nan, nan), (none.NonFinite, none.Mean, none.Stddev, none.Min, none.Max))
    let empty = statistics (tensorOf "F32" [||])
    Assert.Equal((0L, nan), (empty.NonFinite, empty.Mean))

/// Mean and stddev by exact sums: float64 values times 2^1074 are integers.
let private exactly (values: float[]) =
    let whole (x: float) =
        let bits = BitConverter.DoubleToInt64Bits x
        let fraction = bits &&& 0xFFFFFFFFFFFFFL
        let exponent = int ((bits >>> 52) &&& 0x7FFL)

        let magnitude =
            if exponent = 0 then
                bigint fraction
            else
                bigint (fraction ||| 0x10000000000000L) <<< (exponent - 1)

        if bits < 0L then -magnitude else magnitude

    /// a / b·2^shift, correct to some 60 bits.
    let ratio (a: bigint) (b: bigint) shift =
        let up = max 0 (64 + int (b.GetBitLength()) - int ((abs a).GetBitLength()))
        let q = (a <<< up) / b
        let down = max 0 (int ((abs q).GetBitLength()) - 64)
        float (q >>> down), shift - up + down

    let n = bigint values.Length
    let sum = values |> Array.sumBy whole
    let mean, meanShift = ratio sum n -1074
    // Σ(x - mean)² = (nΣx² - (Σx)²)/n
    let squares = values |> Array.sumBy (fun x -> whole x * whole x)
    let variance, shift = ratio (n * squares - sum * sum) (n * n) -2148

    let variance, shift =
        if shift % 2 = 0 then
            variance, shift
        else
            variance * 2.0, shift - 1

    Math.ScaleB(mean, meanShift), Math.ScaleB(sqrt variance, shift / 2)

/// Values with a mean far from 0, of any magnitude, in any number of blocks.
type Values = Values of float[]

type ValueGenerators =
    static member Values() =
        gen {
            let! count =
                Gen.oneof [ Gen.choose (1, 9); Gen.choose (2040, 2060); Gen.choose (4090, 6200) ]

            let! exponent = Gen.oneof [ Gen.choose (-1060, 1010); Gen.choose (-20, 20) ]
            let! offset = Gen.elements [ 0.0; 1.0; 1000.0; 1.0e6 ]
            let! values = Gen.arrayOfLength count (between -1.0 1.0)
            return Values(values |> Array.map (fun x -> Math.ScaleB(x + offset, exponent - 20)))
        }
        |> Arb.fromGen

[<Property(Arbitrary = [| typeof<ValueGenerators> |], MaxTest = 60)>]
let ``mean and stddev are those of exact sums, whatever the magnitude`` (Values values) =
    let s = statistics (tensorOf "F64" (values |> Array.collect BitConverter.GetBytes))
    let mean, stddev = exactly values
    let largest = values |> Array.map abs |> Array.max
    // A mean far from 0 has its own rounding; a stddev of subnormals has few digits.
    let close a b =
        abs (a - b) <= 1.0e-15 * largest + 1.0e-12 * abs b + Double.Epsilon * 4.0

    close s.Mean mean
    && close s.Stddev stddev
    && s.Min = Array.min values
    && s.Max = Array.max values

[<Fact>]
let ``the largest and the smallest float64 neither overflow nor vanish`` () =
    let of' values =
        statistics (tensorOf "F64" (values |> List.map (fun (x: float) -> BitConverter.GetBytes x) |> Array.concat))

    let large = of' [ Double.MaxValue; -Double.MaxValue ]
    Assert.Equal((0.0, Double.MaxValue), (large.Mean, large.Stddev))
    let small = of' [ 3e-310; -3e-310 ]
    Assert.Equal((0.0, 3e-310), (small.Mean, small.Stddev))
    // Blocks of zeros first, so that the scale changes on the way.
    let late = of' (List.replicate 6144 0.0 @ List.replicate 6144 1e300)
    Assert.Equal(5e299, late.Mean, 1e286)
    Assert.Equal(5e299, late.Stddev, 1e286)

[<Fact>]
let ``big-endian and Fortran-ordered arrays have the statistics of others`` () =
    let values = [ 1.5f; -2.0f; 0.0f; 7.25f ]

    let dict order fortran =
        $"{{'descr': '{order}f4', 'fortran_order': {fortran}, 'shape': (2, 2), }}"

    let turned = floats values |> Array.chunkBySize 4 |> Array.collect Array.rev
    let expected = statistics (npy 1uy (dict "<" "False") (floats values))
    Assert.Equal((-2.0, 7.25, 1L), (expected.Min, expected.Max, expected.Zeros))

    for version in [ 1uy; 2uy; 3uy ] do
        for fortran in [ "False"; "True" ] do
            Assert.Equal(expected, statistics (npy version (dict "<" fortran) (floats values)))
            Assert.Equal(expected, statistics (npy version (dict "=" fortran) (floats values)))
            Assert.Equal(expected, statistics (npy version (dict ">" fortran) turned))

[<Fact>]
let ``what Python 2 wrote is read`` () =
    let bytes =
        npy 1uy "{\"shape\": (2L, 3L), 'descr': 'u1', \"fortran_order\": False}" (zeros 6)

    Assert.Equal<int64 list>([ 2L; 3L ], (one bytes).Header.Shape.Dims)

[<Fact>]
let ``a duplicate has the dtype, the shape and the bytes of the first before it`` () =
    let data =
        Array.concat
            [ floats [ 1.0f; 2.0f ]
              floats [ 1.0f; 2.0f ]
              floats [ 1.0f; 2.0f ]
              floats [ 1.0f; 3.0f ]
              floats [ 1.0f; 2.0f ] ]

    let header =
        [ entry "e" "F32" "2" 32 40
          entry "a" "F32" "2" 0 8
          entry "b" "F32" "1,2" 8 16
          entry "c" "I32" "2" 16 24
          entry "d" "F32" "2" 24 32
          entry "z" "F32" "0" 40 40
          entry "y" "F32" "0" 40 40 ]

    let read = ok (inspect (safetensors ("{" + String.Join(",", header) + "}") data))

    Assert.Equal<(string * string option) list>(
        [ "a", None
          "b", None
          "c", None
          "d", None
          "e", Some "a"
          "z", None
          "y", None ],
        read.Tensors |> List.map (fun t -> t.Header.Name, t.DuplicateOf)
    )

    Assert.Equal((10L, 40L, 1, 0), (read.Values, read.Bytes, read.Duplicates, read.ConstantDuplicates))

[<Fact>]
let ``a tensor longer than the buffer is read through it`` () =
    let count = (8 <<< 20) / 4 * 2 + 5
    let bytes = zeros (count * 4)
    BinaryPrimitives.WriteSingleLittleEndian(Span(bytes, bytes.Length - 4, 4), 5.0f)
    let file = tensorOf "F32" bytes
    inspect file |> ignore
    let s, spent = allocated (fun () -> statistics file)
    Assert.Equal((0.0, 5.0, int64 count - 1L), (s.Min, s.Max, s.Zeros))
    Assert.Equal(5.0 / float count, s.Mean, 1.0e-20)
    Assert.InRange(spent, 0L, 9L <<< 20)

[<Fact>]
let ``a cancelled inspection and a pipe are coded`` () =
    let bytes = tensorOf "F32" (zeros 8)

    let cancelled =
        Inspection.ofStream "x" (new MemoryStream(bytes)) (fun _ _ -> ()) (CancellationToken true)

    Assert.Equal<string list>([ "cancelled" ], codes cancelled)

    let pipe =
        Inspection.ofStream "x" (new Pipe(bytes)) (fun _ _ -> ()) CancellationToken.None

    Assert.Equal<string list>([ "file-unreadable" ], codes pipe)

[<Fact>]
let ``a header is read from where the stream stands, and the stream is left at the data`` () =
    let bytes = Array.append (zeros 3) validFiles.Head
    let stream = new MemoryStream(bytes, Position = 3L)
    let header = ok (SafetensorsReader.header stream)
    Assert.Equal(stream.Position, 3L + header.DataStart)
    Assert.Equal<(string * string) list>([ "seed", "42" ], header.Metadata)
    Assert.Equal<string list>([ "a"; "b"; "c" ], header.Tensors |> List.map _.Name)
