/// Views of one memory that are filled together: those that share no element are filled, others are faults.
module Initializers.Properties.StridedOverlapTests

open Xunit
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.StridedFillTests

let private seed = Seed.ofUInt64 42UL

/// The codes of a call that fills two views, by shape, strides and offset, of one array of 128 elements.
let private pair (first: int64[] * int64[] * int64) (second: int64[] * int64[] * int64) : string list =
    let array = Array.zeroCreate<float32> 128

    let request name (dims, strides, offset) =
        { Name = name
          Spec = Spec.ones
          Dims = List.ofArray dims
          Fan = Fan.Unknown
          Seed = seed
          Memory = HostMemory.Strided(HostMemory.op_Implicit array, dims, strides, offset) }

    let result = Initialize.fillAll [ request "a" first; request "b" second ]

    match result with
    | Ok() ->
        let elements (dims, strides, _) =
            positions (List.ofArray dims) (List.ofArray strides) |> Array.length

        Assert.Equal(elements first + elements second, array |> Array.filter ((=) 1f) |> Array.length)
    | Error _ -> Assert.Equal<float32>(Array.zeroCreate 128, array)

    result |> Validation.faults |> List.map InitError.code

[<Fact>]
let ``parts of the rows or columns of one memory are filled together, and common elements are a fault`` () =
    let overlap = [ "memories-overlap" ]
    // columns 0 to 3 and 4 to 7
    Assert.Empty(pair ([| 8L; 4L |], [| 8L; 1L |], 0L) ([| 8L; 4L |], [| 8L; 1L |], 4L))
    Assert.Equal<string list>(overlap, pair ([| 8L; 4L |], [| 8L; 1L |], 0L) ([| 8L; 4L |], [| 8L; 1L |], 3L))
    // even and odd elements
    Assert.Empty(pair ([| 32L |], [| 2L |], 0L) ([| 32L |], [| 2L |], 1L))
    Assert.Equal<string list>(overlap, pair ([| 32L |], [| 2L |], 0L) ([| 31L |], [| 2L |], 2L))
    // the second of three parts of each layer, and the third in column-major order
    Assert.Empty(pair ([| 2L; 10L |], [| 30L; 1L |], 10L) ([| 2L; 5L; 2L |], [| 30L; 1L; 5L |], 20L))
    // one after the other
    Assert.Empty(pair ([| 4L; 8L |], [| 1L; 4L |], 0L) ([| 32L |], [| 1L |], 32L))

[<Property(MaxTest = 300)>]
let ``views that are filled together share no element``
    (a: Arrangement * Arrangement)
    (b: Arrangement * Arrangement)
    (at: int)
    =
    let view offset (first, second) =
        let dims = [ int64 (1 + abs first.Order % 4); int64 (1 + abs second.Order % 4) ]

        let strides, _ =
            stridesOf dims (int64 (1 + abs first.Padding % 5)) [ first; second ]

        Array.ofList dims, Array.ofList strides, offset

    let first, second = view 0L a, view (int64 (abs (at % 16))) b

    let elements (dims, strides, offset) =
        positions (List.ofArray dims) (List.ofArray strides)
        |> Array.map ((+) offset)
        |> Set.ofArray

    // A pair that shares none may be refused, but never the reverse.
    Set.isEmpty (Set.intersect (elements first) (elements second))
    || pair first second = [ "memories-overlap" ]
