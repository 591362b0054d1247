/// What the golden files pin, and their text. The tests read the files; only Golden.Tool writes them. Both compile this
/// file, which uses the public core alone.
[<RequireQualifiedAccess>]
module Initializers.Properties.Golden

open System
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open Initializers
open Initializers.FSharp

/// One tensor of more than 2^33 elements, of which a file shows the first, some far out, and a digest.
type Case =
    { Name: string
      Spec: Spec
      Dims: int64 list
      Fan: Fan
      Seed: uint64
      Stream: string option }

/// Elements shown from the start.
let shown = 64

/// Where the second block begins: past 2^32 elements and past 2^32 bytes of any dtype.
let farOffset = 1L <<< 33

/// Elements shown from there on.
let farShown = 16

/// Elements under the digest, from the start.
let digested = 1 <<< 20

let dtypes = [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ]

let private matrix = [ 1000003L; 9001L ]
let private kernel = [ 4096L; 1031L; 45L; 46L ]

let private case name spec dims fan =
    { Name = name
      Spec = spec
      Dims = dims
      Fan = fan
      Seed = 42UL
      Stream = Some name }

/// Each spec of the core, over the fan modes and layouts.
let cases: Case list =
    let modes =
        [ "in", FanMode.FanIn
          "out", FanMode.FanOut
          "sum", FanMode.FanSum
          "avg", FanMode.FanAvg
          "geo", FanMode.FanGeo ]

    let matrixCase name spec =
        case name spec matrix (Fan.From Layout.OutIn)

    let unfanned name spec = case name spec matrix Fan.Unknown

    [ unfanned "zeros" Spec.zeros
      unfanned "ones" Spec.ones
      unfanned "constant" (Spec.constant 0.1)
      unfanned "uniform" (Spec.uniform -0.1 0.3)
      unfanned "uniform unit" (Spec.uniform 0.0 1.0)
      unfanned "uniform narrow" (Spec.uniform 1.0 1.02)
      unfanned "normal" (Spec.normal 0.0 0.02)
      unfanned "normal shifted" (Spec.normal 1.5 0.3)
      unfanned "normal subnormal" (Spec.normal 0.0 2.0e-6)
      { unfanned "normal of a bare seed" (Spec.normal 0.0 1.0) with
          Seed = 0x0123456789ABCDEFUL
          Stream = None }
      for name, mode in modes do
          matrixCase $"variance scaling normal {name}" (Spec.varianceScaling 2.0 mode Distribution.Normal)
          matrixCase $"variance scaling uniform {name}" (Spec.varianceScaling 1.0 mode Distribution.Uniform)
      matrixCase
          "variance scaling shifted"
          (Spec.VarianceScaling(scale = 0.5, mode = FanMode.FanAvg, distribution = Distribution.Uniform, mean = 1.0))
      for name, mode in modes do
          matrixCase $"fan uniform {name}" (Spec.FanUniform(6.0, mode, 0.5, 1.0))
      matrixCase "fan uniform power" (Spec.FanUniform(6.0, FanMode.FanIn, 0.3, 1.7))
      matrixCase "glorot uniform" Spec.glorotUniform
      matrixCase "glorot normal" Spec.glorotNormal
      case "glorot uniform io" Spec.glorotUniform matrix (Fan.From Layout.InOut)
      case "he uniform oihw" Spec.heUniform kernel (Fan.From Layout.OutInSpatial)
      case "he normal hwio" Spec.heNormal kernel (Fan.From Layout.SpatialInOut)
      case "kaiming" (Spec.kaiming 0.1 FanMode.FanOut Distribution.Normal) matrix (Fan.Of(300.0, 700.0))
      case "lecun uniform" Spec.lecunUniform matrix (Fan.In 512.0)
      case "lecun normal" Spec.lecunNormal matrix (Fan.In 512.0)
      case "siren" (Spec.siren 30.0) matrix (Fan.In 256.0)
      case "first layer siren" Spec.firstLayerSiren matrix (Fan.In 3.0)
      unfanned "truncated normal" (Spec.truncatedNormal 0.0 0.02 -2.0 2.0)
      unfanned "truncated normal far" (Spec.truncatedNormal 0.0 1.0 5.25 infinity)
      unfanned "truncated normal straddling" (Spec.truncatedNormal 0.5 0.25 -1.0 2.5)
      unfanned "trunc normal" (Spec.truncNormal 0.0 1.0 -2.0 2.0)
      unfanned "trunc normal wide" (Spec.truncNormal 0.0 0.02 -2.0 2.0)
      unfanned "trunc normal one-sided" (Spec.truncNormal 0.1 0.05 -infinity 0.1)
      unfanned "trunc normal far from the mean" (Spec.truncNormal -1.0 0.01 0.0 infinity)
      unfanned "trunc normal far below the mean" (Spec.truncNormal 1.0 0.01 0.1 0.2)
      unfanned "logistic" (Spec.logistic 0.0 0.1)
      unfanned "logistic moved" (Spec.logistic -1.5 2.0)
      unfanned "laplace" (Spec.laplace 0.0 0.1)
      unfanned "laplace moved" (Spec.laplace 3.0 0.5)
      unfanned "gumbel" (Spec.gumbel 0.0 1.0)
      unfanned "gumbel moved" (Spec.gumbel 0.25 0.05)
      unfanned "triangular" (Spec.triangular -1.0 0.0 1.0)
      unfanned "triangular left" (Spec.triangular 0.0 0.3 1.0)
      unfanned "triangular right" (Spec.triangular -2.0 1.5 2.0)
      unfanned "triangular peak at an end" (Spec.triangular 0.0 0.0 1.0)
      unfanned "triangular peak at the other end" (Spec.triangular 0.0 1.0 1.0)
      matrixCase "variance scaling truncated" (Spec.varianceScaling 2.0 FanMode.FanIn Distribution.TruncatedNormal)
      unfanned "normal clipped" (Spec.normal 0.0 1.0 |> Spec.clip -2.0 2.0)
      unfanned
          "normal negated, shifted and clipped"
          (Spec.normal 0.0 0.5
           |> Spec.scale -1.5
           |> Spec.shift 0.1
           |> Spec.clip -0.3 infinity)
      unfanned "uniform clipped" (Spec.uniform -1.0 1.0 |> Spec.clip -0.1 0.7)
      matrixCase "he normal scaled" (Spec.heNormal |> Spec.scale 0.5)
      unfanned "laplace negated" (Spec.laplace 0.0 0.1 |> Spec.scale -2.0)
      unfanned
          "truncated normal scaled and shifted"
          (Spec.truncatedNormal 0.0 1.0 -2.0 2.0 |> Spec.scale 0.25 |> Spec.shift 1.0) ]

let private get (result: Result<'a, InitError list>) =
    match result with
    | Ok value -> value
    | Error faults -> failwith (faults |> List.map InitError.message |> String.concat " ")

let shape (case: Case) = get (Shape.ofList case.Dims)

let seed (case: Case) =
    let root = Seed.ofUInt64 case.Seed

    match case.Stream with
    | Some name -> Seed.child name root
    | None -> root

/// The little-endian bytes of elements [offset, offset + count) from the core, made on a device.
let bytesOn (device: Device) (case: Case) dtype offset (count: int) : byte[] =
    use tensor =
        get (
            Initialize.slice
                offset
                (int64 count)
                { Device = device; DType = dtype }
                (shape case)
                case.Fan
                (seed case)
                case.Spec
        )

    tensor.ToArray<byte>()

/// Those bytes, made on the CPU.
let bytes (case: Case) dtype offset count : byte[] =
    bytesOn Device.Cpu case dtype offset count

/// SHA-256 in lower-case hexadecimal.
let digest (data: byte[]) =
    Convert.ToHexStringLower(SHA256.HashData data)

/// Elements in hexadecimal, eight a line, most significant digit first.
let hex dtype (data: byte[]) : string list =
    let elements =
        match DType.size dtype with
        | 2 -> [ for x in MemoryMarshal.Cast<byte, uint16>(ReadOnlySpan data).ToArray() -> x.ToString "x4" ]
        | 4 -> [ for x in MemoryMarshal.Cast<byte, uint32>(ReadOnlySpan data).ToArray() -> x.ToString "x8" ]
        | _ -> [ for x in MemoryMarshal.Cast<byte, uint64>(ReadOnlySpan data).ToArray() -> x.ToString "x16" ]

    elements |> List.chunkBySize 8 |> List.map (String.concat " ")

let private fanText fan =
    let number (x: float) =
        x.ToString(Globalization.CultureInfo.InvariantCulture)

    match fan with
    | Fan.Of(i, o) -> $"in {number i}, out {number o}"
    | Fan.In i -> $"in {number i}"
    | Fan.Out o -> $"out {number o}"
    | Fan.From layout -> $"layout {Layout.toText layout}"
    | Fan.Axes axes -> $"layout {FanAxes.toText axes}"
    | Fan.Unknown -> "none"

/// The name of a dtype's file.
let fileName dtype = $"{DType.toText dtype}.json"

/// The folder of the files, below the repository's root.
let folder = "Properties.Tests/golden"

/// The text of a dtype's file, from what gives the bytes of elements [offset, offset + count) of a case.
let renderBy (bytes: Case -> DType -> int64 -> int -> byte[]) (dtype: DType) : string =
    use memory = new MemoryStream()

    let options =
        JsonWriterOptions(Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

    use writer = new Utf8JsonWriter(memory, options)

    let lines (name: string) (items: string list) =
        writer.WriteStartArray name
        items |> List.iter writer.WriteStringValue
        writer.WriteEndArray()

    writer.WriteStartObject()
    writer.WriteNumber("bits", Plan.bitsVersion)
    writer.WriteString("dtype", DType.toText dtype)
    writer.WriteStartArray "cases"

    for case in cases do
        let start = bytes case dtype 0L digested
        writer.WriteStartObject()
        writer.WriteString("name", case.Name)
        writer.WriteString("spec", SpecText.toText case.Spec)
        writer.WriteString("shape", Shape.toText (shape case))
        writer.WriteString("fan", fanText case.Fan)
        writer.WriteNumber("seed", case.Seed)

        match case.Stream with
        | Some name -> writer.WriteString("stream", name)
        | None -> writer.WriteNull "stream"

        lines "elements from 0" (hex dtype start[.. shown * DType.size dtype - 1])
        lines "elements from 2^33" (hex dtype (bytes case dtype farOffset farShown))
        writer.WriteString("sha256 of elements 0 to 2^20", digest start)
        writer.WriteEndObject()

    writer.WriteEndArray()
    writer.WriteEndObject()
    writer.Flush()
    Encoding.UTF8.GetString(memory.ToArray()) + "\n"

/// The text of a dtype's file, from the core on a device.
let renderOn (device: Device) (dtype: DType) : string = renderBy (bytesOn device) dtype

/// The text of a dtype's file, from the CPU.
let render (dtype: DType) : string = renderOn Device.Cpu dtype

/// The version and, by name, the text of each case of a file.
let read (text: string) : int * Map<string, string> =
    use document = JsonDocument.Parse text
    let root = document.RootElement
    let text (element: JsonElement) = string element

    root.GetProperty("bits").GetInt32(),
    Map.ofList
        [ for case in root.GetProperty("cases").EnumerateArray() -> text (case.GetProperty "name"), case.GetRawText() ]
