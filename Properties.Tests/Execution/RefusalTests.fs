/// Requests that are refused before any work, with their codes.
module Initializers.Properties.RefusalTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

[<Fact>]
let ``a slice outside the tensor is refused`` () =
    let shape = shapeOf [ 10L ]

    for offset, count in
        [ -1L, 5L
          0L, -1L
          0L, 11L
          10L, 1L
          11L, 0L
          Int64.MaxValue, 1L
          1L, Int64.MaxValue
          Int64.MinValue, Int64.MinValue
          Int64.MaxValue, Int64.MaxValue ] do
        Assert.Equal<string list>(
            [ "slice-out-of-range" ],
            codes (Initialize.slice offset count Target.cpu shape Fan.Unknown (Seed.ofUInt64 1UL) Spec.ones)
        )

[<Fact>]
let ``words of negative elements and of elements past 2^63 - 1 are refused`` () =
    let refusal (length: int) offset =
        let words = Array.create length 77u
        let result = Initialize.words (Span words, offset, Seed.ofUInt64 1UL)
        Assert.Equal<uint32[]>(Array.create length 77u, words)
        codes result

    for length, offset in [ 1, -1L; 0, -1L; 5, Int64.MinValue; 1, Int64.MaxValue; 8, Int64.MaxValue - 7L ] do
        Assert.Equal<string list>([ "slice-out-of-range" ], refusal length offset)

    // The last words that there are.
    Assert.True((Initialize.words (Span(Array.zeroCreate 8), Int64.MaxValue - 8L, Seed.ofUInt64 1UL)).IsOk)

[<Fact>]
let ``a name that is half of a surrogate pair has no stream`` () =
    // The compiler replaces halves in string literals by U+FFFD.
    for units in [ [ 0xD800 ]; [ 0x61; 0xDC00; 0x62 ]; [ 0xD800; 0xD800 ]; [ 0xDC00; 0xD800 ] ] do
        let name = String(units |> List.map char |> Array.ofList)

        Assert.ThrowsAny<ArgumentException>(fun () -> Seed.ofUInt64 1UL |> Seed.child name |> ignore)
        |> ignore

    Assert.NotEqual(Seed.ofUInt64 1UL |> Seed.child "\U0001F600", Seed.ofUInt64 1UL |> Seed.child "\uFFFD")

[<Fact>]
let ``a tensor too large for its bytes to be counted is refused`` () =
    Assert.Equal<string list>(
        [ "shape-overflow" ],
        codes (
            Initialize.tensor
                Target.cpu
                (shapeOf [ Int64.MaxValue ])
                Fan.Unknown
                (Seed.ofUInt64 1UL)
                (Spec.normal 0.0 1.0)
        )
    )

/// Every refusal of `into`: nothing of the memory changes.
[<Fact>]
let ``a refused request writes nothing`` () =
    let seed = Seed.ofUInt64 1UL
    let shape = shapeOf [ 10L ]

    let requests: (int * int64 * Fan * Spec * string list) list =
        [ 5, -1L, Fan.Unknown, Spec.ones, [ "slice-out-of-range" ]
          5, 6L, Fan.Unknown, Spec.ones, [ "slice-out-of-range" ]
          11, 0L, Fan.Unknown, Spec.ones, [ "slice-out-of-range" ]
          5, Int64.MaxValue, Fan.Unknown, Spec.ones, [ "slice-out-of-range" ]
          5, Int64.MinValue, Fan.Unknown, Spec.ones, [ "slice-out-of-range" ]
          0, 11L, Fan.Unknown, Spec.ones, [ "slice-out-of-range" ]
          5, 0L, Fan.Unknown, Spec.heNormal, [ "fan-missing" ]
          5, 0L, Fan.In 0.0, Spec.heNormal, [ "fan-not-positive" ]
          5, 0L, Fan.Unknown, Spec.normal 0.0 -1.0, [ "stddev-negative" ]
          5, 7L, Fan.Unknown, Spec.normal nan -1.0, [ "not-finite"; "stddev-negative"; "slice-out-of-range" ] ]

    for length, offset, fan, spec, expected in requests do
        let memory = Array.create length 77.0f
        let actual = Initialize.fill (Memory memory) offset shape fan seed spec
        Assert.Equal<string list>(expected, codes actual)
        Assert.Equal<float32[]>(Array.create length 77.0f, memory)
        let raw = Array.create (4 * length) 77uy

        Assert.Equal<string list>(
            expected,
            codes (Initialize.fillBytes (Span raw, DType.Float32, offset, shape, fan, seed, spec))
        )

        Assert.Equal<byte[]>(Array.create (4 * length) 77uy, raw)

[<Fact>]
let ``memory of elements that are no dtype is refused, with the request's other faults`` () =
    let refusal (memory: 'T[]) offset spec =
        codes (Initialize.fill (Memory memory) offset (shapeOf [ 10L ]) Fan.Unknown (Seed.ofUInt64 1UL) spec)

    let decimals = Array.create 5 77.0M
    Assert.Equal<string list>([ "element-type" ], refusal decimals 0L Spec.ones)
    Assert.Equal<string list>([ "element-type" ], refusal (Array.create 5 1) 0L Spec.ones)
    Assert.Equal<string list>([ "element-type" ], refusal (Array.create 5 1uy) 0L Spec.ones)

    Assert.Equal<string list>(
        [ "element-type"; "fan-missing"; "slice-out-of-range" ],
        refusal decimals 6L Spec.heNormal
    )

    Assert.Equal<decimal[]>(Array.create 5 77.0M, decimals)

[<Fact>]
let ``bytes that are no whole elements are refused, with the request's other faults`` () =
    let refusal (length: int) dtype offset spec =
        let raw = Array.create length 77uy

        let result =
            Initialize.fillBytes (Span raw, dtype, offset, shapeOf [ 10L ], Fan.Unknown, Seed.ofUInt64 1UL, spec)

        Assert.Equal<byte[]>(Array.create length 77uy, raw)
        codes result

    Assert.Equal<string list>([ "memory-length" ], refusal 7 DType.Float32 0L Spec.ones)
    Assert.Equal<string list>([ "memory-length" ], refusal 3 DType.Float16 0L Spec.ones)
    Assert.Equal<string list>([ "dtype-unknown" ], refusal 8 (enum 9) 0L Spec.ones)

    Assert.Equal<string list>(
        [ "memory-length"; "fan-missing"; "slice-out-of-range" ],
        refusal 7 DType.Float32 99L Spec.heNormal
    )

[<Fact>]
let ``a stream's name that is not Unicode is one fault, into a file and into a stream`` () =
    let request: ArrayRequest =
        { Spec = Spec.ones
          Shape = shapeOf [ 2L ]
          Fan = Fan.Unknown
          Storage = Storage.Float DType.Float32
          Device = Device.Cpu
          Seed = Seed.ofUInt64 1UL
          Stream = Some(string '\ud800')
          Slice = None
          Box = None }

    let token = Threading.CancellationToken.None
    Assert.Equal<string list>([ "name-malformed" ], codes (Output.raw (new IO.MemoryStream()) request token))

    Assert.Equal<string list>([ "name-malformed" ], codes (Output.array "a.npy" false request (fun _ _ -> ()) token))
