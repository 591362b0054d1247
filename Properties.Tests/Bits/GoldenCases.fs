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

/// One tensor of the golden files. An element-wise one has more than 2^33 elements: a file shows the first, some far out,
/// and a digest. For a composite one it shows the first elements, the last ones, and the digest of all.
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
          matrixCase $"variance scaling normal {name}" (Spec.varianceScaling 2.0 mode DistributionFamily.Normal)
          matrixCase $"variance scaling uniform {name}" (Spec.varianceScaling 1.0 mode DistributionFamily.Uniform)
      matrixCase
          "variance scaling shifted"
          (Spec.VarianceScaling(
              scale = 0.5,
              mode = FanMode.FanAvg,
              distribution = DistributionFamily.Uniform,
              mean = 1.0
          ))
      for name, mode in modes do
          matrixCase $"fan uniform {name}" (Spec.FanUniform(6.0, mode, 0.5, 1.0))
      matrixCase "fan uniform power" (Spec.FanUniform(6.0, FanMode.FanIn, 0.3, 1.7))
      matrixCase "glorot uniform" Spec.glorotUniform
      matrixCase "glorot normal" Spec.glorotNormal
      case "glorot uniform io" Spec.glorotUniform matrix (Fan.From Layout.InOut)
      case "he uniform oihw" Spec.heUniform kernel (Fan.From Layout.OutInSpatial)
      case "he normal hwio" Spec.heNormal kernel (Fan.From Layout.SpatialInOut)
      case "kaiming" (Spec.kaiming 0.1 FanMode.FanOut DistributionFamily.Normal) matrix (Fan.Of(300.0, 700.0))
      case "lecun uniform" Spec.lecunUniform matrix (Fan.In 512.0)
      case "lecun normal" Spec.lecunNormal matrix (Fan.In 512.0)
      case "siren" (Spec.siren 30.0) matrix (Fan.In 256.0)
      case "first layer siren" Spec.firstLayerSiren matrix (Fan.In 3.0)
      unfanned "truncated normal" (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0)))
      unfanned "truncated normal far" (Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(5.25, infinity)))
      unfanned "truncated normal straddling" (Spec.truncatedNormal 0.5 0.25 (Bounds.Sigmas(-1.0, 2.5)))
      unfanned "trunc normal" (Spec.truncatedNormal 0.0 1.0 (Bounds.Absolute(-2.0, 2.0)))
      unfanned "trunc normal wide" (Spec.truncatedNormal 0.0 0.02 (Bounds.Absolute(-2.0, 2.0)))
      unfanned "trunc normal one-sided" (Spec.truncatedNormal 0.1 0.05 (Bounds.Absolute(-infinity, 0.1)))
      unfanned "trunc normal far from the mean" (Spec.truncatedNormal -1.0 0.01 (Bounds.Absolute(0.0, infinity)))
      unfanned "trunc normal far below the mean" (Spec.truncatedNormal 1.0 0.01 (Bounds.Absolute(0.1, 0.2)))
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
      matrixCase
          "variance scaling truncated"
          (Spec.varianceScaling 2.0 FanMode.FanIn DistributionFamily.TruncatedNormal)
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
          (Spec.truncatedNormal 0.0 1.0 (Bounds.Sigmas(-2.0, 2.0))
           |> Spec.scale 0.25
           |> Spec.shift 1.0)
      unfanned "truncated normal narrow" (Spec.truncatedNormal 0.25 1.0e6 (Bounds.Sigmas(0.0, 1.0e-6)))
      unfanned "trunc normal narrow" (Spec.truncatedNormal 0.0 1.0e20 (Bounds.Absolute(-2.0, 2.0)))
      unfanned "trunc normal narrow beside the mean" (Spec.truncatedNormal -5.0e7 1.0e8 (Bounds.Absolute(0.0, 1.0)))
      unfanned "trunc normal narrow below the mean" (Spec.truncatedNormal 4.0 5.0 (Bounds.Absolute(-1.0, 0.5)))
      unfanned "trunc normal to one side" (Spec.truncatedNormal -20.0 1.0 (Bounds.Absolute(-0.5, 0.5)))
      unfanned "trunc normal of a far mean" (Spec.truncatedNormal 1.0e30 1.0 (Bounds.Absolute(-2.0, 2.0)))
      unfanned
          "trunc normal narrow, negated and clipped"
          (Spec.truncatedNormal -5.0e7 1.0e8 (Bounds.Absolute(0.0, 1.0))
           |> Spec.scale -2.0
           |> Spec.clip -1.1 0.0)
      unfanned "constant clipped" (Spec.constant 0.7 |> Spec.clip -infinity 0.2)
      unfanned "cauchy" (Spec.cauchy 0.0 2.0e-5)
      unfanned "cauchy clipped" (Spec.cauchy 0.25 0.02 |> Spec.clip -1.0 1.0)
      unfanned "exponential" (Spec.exponential 0.0 0.1)
      unfanned "exponential moved" (Spec.exponential -1.5 0.5)
      unfanned "exponential negated" (Spec.exponential 1.0 0.1 |> Spec.scale -2.0)
      for name, spec in GoldenMaps.elements do
          unfanned name spec ]

/// Composite tensors, each smaller than the digested part of an element-wise one.
let structures: Case list =
    let roles (text: string) =
        match FanAxes.parse text with
        | Ok axes -> Fan.Axes axes
        | Error faults -> failwith $"{faults}"

    let plain name spec dims = case name spec dims Fan.Unknown

    let oihw name spec dims =
        case name spec dims (Fan.From Layout.OutInSpatial)

    let hwio name spec dims =
        case name spec dims (Fan.From Layout.SpatialInOut)

    let orthogonal = Spec.orthogonal 1.0

    [ plain "orthogonal" orthogonal [ 130L; 130L ]
      plain "orthogonal tall" (Spec.orthogonal 1.4142135623730951) [ 130L; 70L ]
      plain "orthogonal wide" (Spec.orthogonal 0.02) [ 70L; 130L ]
      plain "orthogonal single" (Spec.orthogonal -3.0) [ 1L; 1L ]
      plain "orthogonal row" orthogonal [ 1L; 99L ]
      oihw "orthogonal oihw" orthogonal [ 20L; 2L; 3L; 4L ]
      hwio "orthogonal hwio" orthogonal [ 3L; 3L; 4L; 16L ]
      case "orthogonal heads" orthogonal [ 4L; 32L; 8L ] (roles "out,in,out")
      case "orthogonal stack" orthogonal [ 3L; 16L; 16L ] (roles "stack,in,out")
      case "orthogonal stack inside" orthogonal [ 16L; 3L; 16L ] (roles "out,stack,in")
      plain
          "orthogonal shifted and clipped"
          (orthogonal |> Spec.scale -2.0 |> Spec.shift 0.1 |> Spec.clip -0.5 0.5)
          [ 24L; 24L ]
      plain "orthogonal batched" (orthogonal |> Spec.batched 1) [ 3L; 24L; 24L ]
      oihw "delta orthogonal" (Spec.deltaOrthogonal 1.0) [ 16L; 8L; 3L; 4L ]
      hwio "delta orthogonal hwio" (Spec.deltaOrthogonal 2.0) [ 3L; 4L; 8L; 16L ]
      oihw "delta orthogonal of one axis" (Spec.deltaOrthogonal 1.0) [ 9L; 9L; 5L ]
      oihw "dirac" (Spec.dirac 1L) [ 6L; 8L; 3L; 3L ]
      oihw "dirac groups" (Spec.dirac 2L) [ 8L; 3L; 4L; 3L ]
      case "dirac transposed" (Spec.dirac 1L) [ 3L; 5L; 3L; 3L ] (roles "in,out,spatial,spatial,transposed")
      plain "identity" (Spec.identity 0.3) [ 30L; 40L ]
      hwio "identity hwio" (Spec.identity 1.0) [ 3L; 3L; 6L; 8L ]
      case "identity depthwise" (Spec.identity 1.0) [ 3L; 3L; 8L; 1L ] (roles "spatial,spatial,stack,out")
      plain "sparse" (Spec.normal 0.0 0.01 |> Spec.sparse 0.3) [ 100L; 33L ]
      plain "sparse wide" (Spec.uniform 0.0 1.0 |> Spec.sparse 0.9) [ 64L; 1000L ]
      plain "sparse shifted" (Spec.normal 0.0 1.0 |> Spec.sparse 0.5 |> Spec.shift 2.0) [ 1000L; 7L ]
      oihw "bilinear" Spec.bilinear [ 4L; 1L; 5L; 4L ]
      plain "lstm bias" (Spec.lstmBias 1.0) [ 256L ]
      plain "stft" (Spec.stft StftSide.Real StftWindow.Hann StftScaling.Density false) [ 16L; 1L; 9L ]
      plain "stft imaginary" (Spec.stft StftSide.Imaginary StftWindow.Hamming StftScaling.Spectrum true) [ 15L; 2L; 9L ]
      plain "stft blackman" (Spec.stft StftSide.Real StftWindow.Blackman StftScaling.None false) [ 12L; 1L; 7L ]
      plain "literal" (Spec.literal [ 2L; 3L ] [ 0.1; -0.0; 65504.0; 1.0e-7; -1.5; 3.0 ]) [ 2L; 3L ]
      plain
          "mask"
          (Spec.normal 0.0 1.0
           |> Spec.mask [ 4L; 2L ] [ 1.0; 0.0; 0.0; 1.0; 1.0; 1.0; 0.0; 1.0 ])
          [ 9L; 4L; 2L ]
      case
          "stacked"
          (Spec.stacked
              0
              [ 16L, Spec.glorotUniform
                8L, Spec.zeros
                24L, Spec.orthogonal 1.0
                16L, Spec.heNormal |> Spec.scale 0.5 ])
          [ 64L; 24L ]
          (Fan.From Layout.OutIn)
      case
          "stacked along the last axis"
          (Spec.stacked
              -1
              [ 24L, orthogonal
                24L, orthogonal
                8L, Spec.normal 0.0 0.5 |> Spec.sparse 0.25 ])
          [ 24L; 56L ]
          (Fan.From Layout.InOut)
      plain "residual" (Spec.normal 0.0 0.02 |> Spec.residual 12) [ 64L; 64L ]
      plain "deep norm" (Spec.normal 0.0 0.02 |> Spec.deepNorm 12) [ 64L; 64L ]
      case "width scaled" (Spec.heNormal |> Spec.widthScaled 3.0) [ 64L; 64L ] (Fan.From Layout.OutIn)
      plain
          "literal clipped"
          (Spec.literal [ 2L; 3L ] [ -1.0; 0.1; 0.2; 0.3; 0.7; -0.0 ] |> Spec.clip 0.1 0.2)
          [ 2L; 3L ]
      plain "orthogonal clipped" (orthogonal |> Spec.clip -0.1 0.1) [ 24L; 24L ]
      oihw "dirac clipped" (Spec.dirac 1L |> Spec.clip 0.1 0.7) [ 4L; 4L; 3L ]
      plain "sparse clipped" (Spec.normal 0.0 1.0 |> Spec.sparse 0.5 |> Spec.clip 0.1 0.7) [ 16L; 8L ]
      for name, spec, dims in GoldenMaps.structures @ GoldenFormulas.structures do
          plain name spec dims ]

let all: Case list =
    cases
    @ structures
    @ [ for name, spec, dims, fan in GoldenCombinations.all -> case name spec dims fan ]

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

/// What a file shows of a case: names, first elements and how many.
let excerpts (case: Case) : (string * int64 * int) list =
    let length = (shape case).Length

    [ "elements from 0", 0L, int (min length (int64 shown))
      if length > farOffset then
          "elements from 2^33", farOffset, farShown
      elif length > int64 shown then
          $"elements from {length - int64 farShown}", length - int64 farShown, farShown ]

/// What a file calls the digest of a case.
let digestName (case: Case) =
    if (shape case).Length > int64 digested then
        "sha256 of elements 0 to 2^20"
    else
        "sha256"

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

/// A case's spec as its file has it: one text is from before minus zero was written -0.0.
let private specText (case: Case) =
    let text = GoldenSpecText.general case.Spec

    if case.Name = "literal" then
        text.Replace("-0.0,", "-0,", StringComparison.Ordinal)
    else
        text

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

    for case in all do
        let length = (shape case).Length
        let start = bytes case dtype 0L (int (min length (int64 digested)))
        writer.WriteStartObject()
        writer.WriteString("name", case.Name)
        writer.WriteString("spec", specText case)
        writer.WriteString("shape", Shape.toText (shape case))
        writer.WriteString("fan", fanText case.Fan)
        writer.WriteNumber("seed", case.Seed)

        match case.Stream with
        | Some name -> writer.WriteString("stream", name)
        | None -> writer.WriteNull "stream"

        for name, offset, count in excerpts case do
            lines name (hex dtype (bytes case dtype offset count))

        writer.WriteString(digestName case, digest start)
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
