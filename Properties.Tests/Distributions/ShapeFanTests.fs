/// Shapes and fans: products, texts, and fans against a count of the connections themselves.
module Initializers.Properties.ShapeFanTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// Sizes of any sign and magnitude.
type Sizes = Sizes of int64 list

type SizeGenerators =
    static member Sizes() =
        Gen.frequency
            [ 3, Gen.choose (0, 9) |> Gen.map int64
              1, Gen.choose (-3, -1) |> Gen.map int64
              2,
              Gen.elements
                  [ 1L <<< 20
                    1L <<< 31
                    1L <<< 32
                    3037000499L
                    3037000500L
                    Int64.MaxValue
                    Int64.MinValue ] ]
        |> Gen.listOf
        |> Gen.map (List.truncate 6 >> Sizes)
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Generators>; typeof<SizeGenerators> |])>]
module Shapes =
    let private product (dims: int64 list) =
        dims |> List.fold (fun p d -> p * bigint d) 1I

    [<Property(MaxTest = 1000)>]
    let ``a shape exists exactly when no size is negative and the product fits an int64, and its length is the product``
        (Sizes dims)
        =
        match Shape.ofList dims with
        | Ok shape ->
            List.forall (fun d -> d >= 0L) dims
            && bigint (Shape.length shape) = product dims
            && Shape.dims shape = dims
        | Error faults when dims |> List.exists (fun d -> d < 0L) ->
            faults =
                [ for axis, d in List.indexed dims do
                      if d < 0L then
                          InitError.ShapeNegative(axis, d) ]
        | Error faults ->
            product dims > bigint Int64.MaxValue
            && faults = [ InitError.ShapeOverflow dims ]

    [<Property>]
    let ``reading what was written gives the shape`` (SmallShape shape) =
        Shape.parse (Shape.toText shape) = Ok shape

    [<Property>]
    let ``blanks around sizes do not matter`` (SmallShape shape) =
        let spaced =
            shape |> Shape.dims |> List.map (fun d -> $"  {d} ") |> String.concat ","

        Shape.parse spaced = Ok shape

    [<Property>]
    let ``shapes are equal exactly when their sizes are`` (SmallShape a) (SmallShape b) =
        (a = b) = (Shape.dims a = Shape.dims b)
        && (a <> b || a.GetHashCode() = b.GetHashCode())

    [<Property>]
    let ``no text makes parse throw`` (AnyText text) =
        match Shape.parse text with
        | Ok shape -> shape.Length >= 0L
        | Error faults -> not faults.IsEmpty

    [<Fact>]
    let ``the scalar shape has rank 0 and one element, and the empty text`` () =
        Assert.Equal(Ok Shape.scalar, Shape.ofList [])
        Assert.Equal(1L, Shape.length Shape.scalar)
        Assert.Equal(0, Shape.scalar.Rank)
        Assert.Equal("", Shape.toText Shape.scalar)
        Assert.Equal(Ok Shape.scalar, Shape.parse "  ")

    [<Fact>]
    let ``a 0 makes any other sizes fit`` () =
        Assert.Equal(0L, shapeOf [ Int64.MaxValue; 0L; Int64.MaxValue ] |> Shape.length)
        Assert.Equal(Int64.MaxValue, shapeOf [ Int64.MaxValue; 1L ] |> Shape.length)

    [<Theory>]
    [<InlineData("1,,2", "shape-syntax")>]
    [<InlineData("1.5", "shape-syntax")>]
    [<InlineData("1;2", "shape-syntax")>]
    [<InlineData("a", "shape-syntax")>]
    [<InlineData(",", "shape-syntax")>]
    [<InlineData("9223372036854775808", "shape-syntax")>]
    [<InlineData("٣", "shape-syntax")>]
    [<InlineData("2,-1", "shape-negative")>]
    [<InlineData("3037000500,3037000500", "shape-overflow")>]
    let ``a text that is no shape has its code`` (text: string, code: string) =
        Assert.Equal<string list>([ code ], codes (Shape.parse text))

/// Each layout's axes: o, i, and the spatial ones in order.
let private axes layout rank =
    match layout with
    | Layout.OutIn
    | Layout.OutInSpatial -> 0, 1, [ 2 .. rank - 1 ]
    | Layout.InOut
    | Layout.SpatialInOut -> rank - 1, rank - 2, [ 0 .. rank - 3 ]
    | other -> failwith $"{other}"

let rec private indices (sizes: int list) =
    match sizes with
    | [] -> [ [] ]
    | size :: rest ->
        [ for i in 0 .. size - 1 do
              for tail in indices rest do
                  i :: tail ]

/// fan_in and fan_out by drawing every connection of a stride-1 convolution (a matrix is one without space): the
/// weight at (o, i, k) joins input (i, p + k) to output (o, p) for every position p. Counted are the inputs of one
/// output and the outputs of one input, both in the interior.
let private countConnections layout (shape: Shape) =
    let sizes = shape.Dims |> List.map int
    let outAxis, inAxis, space = axes layout sizes.Length
    let kernel = space |> List.map (fun axis -> sizes[axis])
    // Positions from -size to size along each axis hold all neighbours of position 0.
    let positions =
        indices (kernel |> List.map (fun k -> 2 * k + 1))
        |> List.map (fun p -> List.map2 (fun x k -> x - k) p kernel)

    let edges =
        [ for weight in indices sizes do
              let o, i = weight[outAxis], weight[inAxis]
              let k = space |> List.map (fun axis -> weight[axis])

              for p in positions do
                  (i, List.map2 (+) p k), (o, p) ]

    let origin = 0, kernel |> List.map (fun _ -> 0)

    let distinct choose =
        edges |> List.choose choose |> List.distinct |> List.length |> float

    distinct (fun (input, output) -> if output = origin then Some input else None),
    distinct (fun (input, output) -> if input = origin then Some output else None)

[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Fans =
    [<Property(MaxTest = 60)>]
    let ``fans of a shape count the connections`` (LayoutShape(layout, shape)) =
        Fan.ofShape layout shape = Ok(countConnections layout shape)

    [<Property>]
    let ``a layout and its fans as numbers have the same denominator`` (LayoutShape(layout, shape)) (mode: FanMode) =
        let fan = Fan.Of(ok (Fan.ofShape layout shape))
        Fan.denominator mode shape (Fan.From layout) = Fan.denominator mode Shape.scalar fan

    [<Property>]
    let ``modes are in, out, their sum, mean and geometric mean`` (Fans(i, o)) =
        let all =
            modes
            |> List.map (fun mode -> ok (Fan.denominator mode Shape.scalar (Fan.Of(i, o))))

        all = [ i; o; i + o; (i + o) / 2.0; sqrt (i * o) ]

    [<Property>]
    let ``a mode of one fan does not read the other`` (Fans(i, _)) =
        let d mode fan = Fan.denominator mode Shape.scalar fan

        [ d FanMode.FanIn (Fan.In i)
          d FanMode.FanIn (Fan.Of(i, nan))
          d FanMode.FanOut (Fan.Out i) ]
            =
            [ Ok i; Ok i; Ok i ]

    [<Property>]
    let ``a fan that the mode needs and nobody gave is fan-missing`` (Fans(i, o)) (mode: FanMode) =
        let needs fan =
            match mode, fan with
            | FanMode.FanIn, Fan.In _
            | FanMode.FanOut, Fan.Out _ -> false
            | _ -> true

        [ Fan.In i; Fan.Out o; Fan.Unknown ]
        |> List.filter needs
        |> List.forall (fun fan -> Fan.denominator mode Shape.scalar fan = Error [ InitError.FanMissing mode ])

    [<Property(MaxTest = 1000)>]
    let ``a denominator is finite and above 0, or an error`` (a: float) (b: float) (mode: FanMode) =
        match Fan.denominator mode Shape.scalar (Fan.Of(a, b)) with
        | Ok fan -> Double.IsFinite fan && fan > 0.0
        | Error faults -> faults |> List.forall (fun fault -> InitError.code fault = "fan-not-positive")

    [<Fact>]
    let ``fans whose sum or product leaves float64 are errors`` () =
        for mode in [ FanMode.FanSum; FanMode.FanAvg; FanMode.FanGeo ] do
            let of' x =
                codes (Fan.denominator mode Shape.scalar (Fan.Of(x, x)))

            Assert.Equal<string list>([ "fan-not-positive" ], of' Double.MaxValue)

        Assert.Equal<string list>(
            [ "fan-not-positive" ],
            codes (Fan.denominator FanMode.FanGeo Shape.scalar (Fan.Of(1.0e-200, 1.0e-200)))
        )

    [<Fact>]
    let ``fans of 0, below 0, NaN and infinite are errors, both at once`` () =
        for bad in [ 0.0; -0.0; -1.0; nan; infinity; -infinity ] do
            for mode in [ FanMode.FanSum; FanMode.FanAvg; FanMode.FanGeo ] do
                Assert.Equal<string list>(
                    [ "fan-not-positive"; "fan-not-positive" ],
                    codes (Fan.denominator mode Shape.scalar (Fan.Of(bad, bad)))
                )

            Assert.Equal<string list>(
                [ "fan-not-positive" ],
                codes (Fan.denominator FanMode.FanIn Shape.scalar (Fan.In bad))
            )

    [<Fact>]
    let ``a tensor without elements may have a fan of 0, and no other fault less`` () =
        let shape = shapeOf [ 0L; 3L ]
        let fan mode fan = Fan.denominator mode shape fan

        for layout, ins, outs in [ Layout.OutIn, 3.0, 0.0; Layout.InOut, 0.0, 3.0 ] do
            Assert.Equal(Ok ins, fan FanMode.FanIn (Fan.From layout))
            Assert.Equal(Ok outs, fan FanMode.FanOut (Fan.From layout))
            Assert.Equal(Ok 1.5, fan FanMode.FanAvg (Fan.From layout))
            Assert.Equal(Ok 0.0, fan FanMode.FanGeo (Fan.From layout))

        Assert.Equal(Ok 0.0, fan FanMode.FanIn (Fan.In 0.0))

        for bad in [ -1.0; nan; infinity ] do
            Assert.Equal<string list>([ "fan-not-positive" ], codes (fan FanMode.FanIn (Fan.In bad)))

        Assert.Equal<string list>([ "fan-missing" ], codes (fan FanMode.FanOut (Fan.In 3.0)))

        Assert.Equal<string list>(
            [ "layout-rank" ],
            codes (
                fan FanMode.FanIn (Fan.From Layout.OutInSpatial)
                |> Result.bind (fun _ -> Fan.denominator FanMode.FanIn (shapeOf [ 0L ]) (Fan.From Layout.OutIn))
            )
        )

    [<Property>]
    let ``a layout reads the ranks it names and refuses the others`` (SmallShape shape) (layout: Layout) =
        let fits =
            match layout with
            | Layout.OutIn
            | Layout.InOut -> shape.Rank = 2
            | _ -> shape.Rank >= 2

        match Fan.ofShape layout shape with
        | Ok _ -> fits
        | Error faults -> not fits && faults = [ InitError.LayoutRank(layout, shape.Rank) ]

    [<Fact>]
    let ``modes and layouts outside their enums are errors`` () =
        let shape = shapeOf [ 2L; 2L ]

        for value in [ -1; 5; 99 ] do
            Assert.Equal<string list>(
                [ "fan-mode-unknown" ],
                codes (Fan.denominator (enum<FanMode> value) shape (Fan.Of(1.0, 1.0)))
            )

            Assert.Equal<string list>([ "layout-unknown" ], codes (Fan.ofShape (enum<Layout> value) shape))

    [<Property>]
    let ``names of modes, layouts and dtypes are read as they are written``
        (mode: FanMode)
        (layout: Layout)
        (dtype: DType)
        =
        FanMode.parse (FanMode.toText mode) = Ok mode
        && Layout.parse (Layout.toText layout) = Ok layout
        && DType.parse (DType.toText dtype) = Ok dtype

    [<Fact>]
    let ``every other name that the list of dtypes tells is read`` () =
        for name, summary in DType.known do
            let others =
                match summary.Split "also " with
                | [| _; names |] -> List.ofArray (names.Split ", ")
                | _ -> []

            Assert.NotEmpty others

            for other in others do
                Assert.Equal(DType.parse name, DType.parse other)
                Assert.Equal(DType.parse name, DType.parse ("torch." + other.ToUpperInvariant()))

    [<Property>]
    let ``no text makes the readers of names throw`` (AnyText text) =
        [ codes (FanMode.parse text)
          codes (Layout.parse text)
          codes (DType.parse text) ]
        |> List.forall (fun c -> c.Length <= 1)

[<Properties(Arbitrary = [| typeof<Generators> |])>]
module Seeds =
    [<Property>]
    let ``a child keeps the key and its stream is SHA-256 of the stream and the name`` (seed: Seed) (StreamName name) =
        let message =
            Array.append (BitConverter.GetBytes seed.Stream) (Text.Encoding.UTF8.GetBytes name)

        let expected =
            BitConverter.ToUInt64(Security.Cryptography.SHA256.HashData message, 0)

        Seed.child name seed = Seed(seed.Key, expected)

    [<Property>]
    let ``children of different names differ`` (seed: Seed) (StreamName a) (StreamName b) =
        (Seed.child a seed = Seed.child b seed) = (a = b)

    [<Property>]
    let ``a seed of a number is that key on stream 0`` (key: uint64) =
        Seed.ofUInt64 key = Seed(key, 0UL) && Seed.op_Implicit key = Seed(key, 0UL)
