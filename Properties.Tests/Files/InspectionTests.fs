/// Statistics of the tensors in files, including files of other programs.
module Initializers.Properties.InspectionTests

open System
open System.Buffers.Binary
open System.IO
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.TensorFiles

let private inspect (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Inspection.ofStream "x.safetensors" stream (fun _ _ -> ()) CancellationToken.None

let private one bytes = (ok (inspect bytes)).Tensors.Head

let private statistics bytes =
    match (one bytes).Statistics with
    | Some s -> s
    | None -> failwith "no statistics"

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
          "F8_E4M3FNUZ", [| 0x40uy |], 1.0
          "F8_E4M3FNUZ", [| 0x7Fuy |], 240.0
          "F8_E4M3FNUZ", [| 0xFFuy |], -240.0
          "F8_E4M3FNUZ", [| 0x01uy |], Math.ScaleB(1.0, -10)
          "F8_E5M2FNUZ", [| 0x40uy |], 1.0
          "F8_E5M2FNUZ", [| 0x7Fuy |], 57344.0
          "F8_E5M2FNUZ", [| 0x81uy |], -Math.ScaleB(1.0, -17)
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
let ``of all codes of a FNUZ type one is NaN and one is zero`` () =
    for dtype, largest in [ "F8_E4M3FNUZ", 240.0; "F8_E5M2FNUZ", 57344.0 ] do
        let s = statistics (tensorOf dtype (Array.init 256 byte))

        Assert.Equal((dtype, 1L, 1L, -largest, largest, 0.0), (dtype, s.NonFinite, s.Zeros, s.Min, s.Max, s.Mean))

[<Fact>]
let ``the dtypes are those of the format's reference implementation`` () =
    // huggingface/safetensors, enum Dtype, at its change of 2026-05-12.
    let expected =
        Set
            [ "BOOL"
              "F4"
              "F6_E2M3"
              "F6_E3M2"
              "U8"
              "I8"
              "F8_E5M2"
              "F8_E4M3"
              "F8_E8M0"
              "F8_E4M3FNUZ"
              "F8_E5M2FNUZ"
              "I16"
              "U16"
              "F16"
              "BF16"
              "I32"
              "U32"
              "F32"
              "C64"
              "F64"
              "I64"
              "U64" ]

    Assert.Equal<Set<string>>(expected, StoredType.known |> List.map (fun (_, name, _) -> name) |> Set.ofList)

[<Fact>]
let ``several arrays in one npy file are reported as such, wherever the file began`` () =
    let array =
        npy 1uy "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }" (zeros 8)

    for bytes, expected in
        [ Array.append array array, "array-follows"
          Array.concat [ array; array; array ], "array-follows"
          Array.append array (npy 3uy "{'descr': '|V1', 'fortran_order': False, 'shape': (), }" (zeros 1)),
          "array-follows"
          Array.append array [| 0x93uy; byte 'N' |], "bytes-unclaimed"
          Array.append array (zeros 20), "bytes-unclaimed" ] do
        Assert.Equal<string list>([ expected ], codes (inspect bytes))

    match inspect (Array.append array array) with
    | Error [ InitError.InFile(_, InitError.ArrayFollows start) ] -> Assert.Equal(int64 array.Length, start)
    | other -> failwith $"{other}"

[<Fact>]
let ``one-byte types of ml_dtypes are reported as such`` () =
    for descr in [ "|V1"; "<V1"; "V1" ] do
        let bytes =
            npy 1uy $"{{'descr': '{descr}', 'fortran_order': False, 'shape': (2,), }}" (zeros 2)

        match inspect bytes with
        | Error [ fault ] -> Assert.Contains("float8 and int4", InitError.message fault)
        | other -> failwith $"{other}"

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
    // A mean far from 0 is rounded relative to the largest value; a stddev of subnormals has few digits.
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
let ``a stream that is closed or can only be written is coded`` () =
    let path = Path.GetTempFileName()

    try
        use writer = new FileStream(path, FileMode.Open, FileAccess.Write)
        let closed = new MemoryStream(tensorOf "F32" (zeros 8))
        closed.Dispose()

        for stream in [ writer :> Stream; closed ] do
            Inspection.ofStream "x" stream (fun _ _ -> ()) CancellationToken.None
            |> codes
            |> fun codes -> Assert.Equal<string list>([ "file-unreadable" ], codes)
    finally
        File.Delete path
