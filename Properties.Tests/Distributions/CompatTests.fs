/// Other libraries' fans, against their own definitions written again, and their presets' laws.
module Initializers.Properties.CompatTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

/// A shape of 0 to 5 axes of sizes 1 to 9, and for each axis its role: in, out, batch or none.
type Axes = Axes of (int64 * int) list

type AxesGenerators =
    static member Axes() =
        Gen.zip (Gen.choose (1, 9) |> Gen.map int64) (Gen.choose (0, 3))
        |> Gen.listOf
        |> Gen.map (List.truncate 5 >> Axes)
        |> Arb.fromGen

let private product (sizes: int64 list) =
    sizes |> List.fold (fun p s -> p * float s) 1.0

/// torch.nn.init._calculate_fan_in_and_fan_out, of PyTorch 2: None where it raises.
let private torch (dims: int64 list) =
    match dims with
    | outs :: ins :: rest -> Some(float ins * product rest, float outs * product rest)
    | _ -> None

/// keras.src.initializers.random_initializers.compute_fans, of Keras 3.
let private keras (dims: int64 list) =
    match List.rev dims with
    | [] -> 1.0, 1.0
    | [ size ] -> float size, float size
    | outs :: ins :: rest -> float ins * product rest, float outs * product rest

/// jax._src.nn.initializers._compute_fans: the receptive field is the quotient of all by the three lists.
let private jax (dims: int64 list) (ins: int list) (outs: int list) (batch: int list) =
    let size places =
        places |> List.map (fun p -> dims[(p + dims.Length) % dims.Length]) |> product

    let field = product dims / size ins / size outs / size batch
    size ins * field, size outs * field

[<Properties(Arbitrary = [| typeof<Generators>; typeof<AxesGenerators> |])>]
module Fans =
    [<Property>]
    let ``PyTorch's, Keras's and JAX's fans of any shape`` (Axes axes) =
        let dims = List.map fst axes
        let shape = shapeOf dims

        let near (a: float, b: float) (c, d) =
            abs (a - c) <= 1.0e-12 * c && abs (b - d) <= 1.0e-12 * d

        Result.toOption (Compat.Torch.fans shape) = torch dims
        && Compat.Keras.fans shape = Ok(keras dims)
        && (match Compat.Jax.fans shape with
            | Ok fans -> near fans (jax dims [ -2 ] [ -1 ] [])
            | Error faults ->
                dims.Length < 2
                && faults = [ InitError.LayoutRank(Layout.SpatialInOut, dims.Length) ])

    [<Property>]
    let ``JAX's and Keras's fans of any lists of axes, counted from either end`` (Axes axes) =
        let dims = List.map fst axes
        let shape = shapeOf dims

        let places list =
            [ for i, (_, own) in List.indexed axes do
                  if own = list then
                      (if i % 2 = 0 then i else i - dims.Length) ]

        let ins, outs, batch = places 0, places 1, places 2

        if dims.Length < 2 then
            codes (Compat.Jax.fansOf ins outs batch shape) = [ "layout-rank" ]
        else
            let i, o = ok (Compat.Jax.fansOf ins outs batch shape)
            let ci, co = jax dims ins outs batch

            abs (i - ci) <= 1.0e-12 * ci && abs (o - co) <= 1.0e-12 * co

    /// keras.src.initializers.random_initializers.compute_fans with both lists, of Keras 3.15.
    [<Property>]
    let ``Keras's fans of lists of axes are the products of their sizes alone`` (Axes axes) =
        let dims = List.map fst axes

        // Any axes of any lists, some twice, some in both, from either end.
        let ins, outs =
            [ for i, (_, list) in List.indexed axes do
                  if list <> 3 then
                      (if i % 2 = 0 then i else i - dims.Length)

                      if list = 2 then
                          i ],
            [ for i, (_, list) in List.indexed axes do
                  if list <> 0 then
                      i - dims.Length ]

        let size places =
            places |> List.map (fun p -> dims[(p + dims.Length) % dims.Length]) |> product

        Compat.Keras.fansOf ins outs (shapeOf dims) = Ok(size ins, size outs)

[<Fact>]
let ``fans that the libraries publish`` () =
    // Keras 3's own check of input_axes and output_axes.
    Assert.Equal(Ok(512.0, 512.0), Compat.Keras.fansOf [ 0 ] [ 1; 2 ] (shapeOf [ 512L; 8L; 64L ]))
    // Experts, and a kernel whose field is in neither list.
    Assert.Equal(Ok(256.0, 1024.0), Compat.Keras.fansOf [ 1 ] [ 2 ] (shapeOf [ 8L; 256L; 1024L ]))
    Assert.Equal(Ok(8.0, 16.0), Compat.Keras.fansOf [ 2 ] [ 3 ] (shapeOf [ 3L; 3L; 8L; 16L ]))
    Assert.Equal(Ok(64.0, 9.0), Compat.Keras.fansOf [ 2; -2 ] [ 0; 1 ] (shapeOf [ 3L; 3L; 8L; 16L ]))
    Assert.Equal(Ok(1.0, 1.0), Compat.Keras.fansOf [] [] Shape.scalar)

    Assert.Equal(
        Error [ InitError.AxisOutOfRange(2, 2); InitError.AxisOutOfRange(-3, 2) ],
        Compat.Keras.fansOf [ 1; 2; 2 ] [ -1; -3 ] (shapeOf [ 2L; 3L ])
    )

    // The stem of a ResNet, in both orders.
    Assert.Equal(Ok(147.0, 3136.0), Compat.Torch.fans (shapeOf [ 64L; 3L; 7L; 7L ]))
    Assert.Equal(Ok(147.0, 3136.0), Compat.Jax.fans (shapeOf [ 7L; 7L; 3L; 64L ]))
    // PyTorch does not divide by groups, nor swap the roles of a transposed convolution.
    Assert.Equal(Ok(9.0, 576.0), Compat.Torch.fans (shapeOf [ 64L; 1L; 3L; 3L ]))
    Assert.Equal(Ok(1024.0, 2048.0), Compat.Torch.fans (shapeOf [ 128L; 64L; 4L; 4L ]))

[<Fact>]
let ``wrong axes are reported all at once`` () =
    let shape = shapeOf [ 2L; 3L ]

    Assert.Equal(
        Error
            [ InitError.AxisOutOfRange(2, 2)
              InitError.AxisOutOfRange(-3, 2)
              InitError.AxisDuplicate 1 ],
        Compat.Jax.fansOf [ 1; 2 ] [ -1 ] [ -3 ] shape
    )

    Assert.Equal<string list>(
        [ "layout-rank"; "axis-out-of-range" ],
        codes (Compat.Jax.fansOf [ 0 ] [ 1 ] [] (shapeOf [ 2L ]))
    )

/// Mean and stddev of a spec's law for fan_in 50 and fan_out 30.
let private law spec =
    let law = ok (Distribution.resolve spec Shape.scalar (Fan.Of(50.0, 30.0)))
    let struct (low, high) = law.Support
    law.Mean, Distribution.stddev law, (low, high)

/// stddev of a standard normal cut at 2: JAX's, Keras's and timm's constant.
let private cut = 0.87962566103423978

[<Fact>]
let ``normal presets of JAX, Keras and timm are cut at 2 stddevs, with the variance that the names promise`` () =
    for spec, variance in
        [ Compat.Jax.glorotNormal, 2.0 / 80.0
          Compat.Jax.heNormal, 2.0 / 50.0
          Compat.Jax.lecunNormal, 1.0 / 50.0
          Compat.Keras.glorotNormal, 2.0 / 80.0
          Compat.Keras.heNormal, 2.0 / 50.0
          Compat.Keras.lecunNormal, 1.0 / 50.0
          Compat.Timm.lecunNormal, 1.0 / 50.0 ] do
        let mean, stddev, (low, high) = law spec
        Assert.Equal(0.0, mean)
        Assert.Equal(sqrt variance, stddev, 1.0e-12)
        Assert.Equal(2.0 * sqrt variance / cut, high, 1.0e-12)
        Assert.Equal(-high, low)

[<Fact>]
let ``uniform presets have the limits that their names promise`` () =
    for spec, limit in
        [ Compat.Jax.glorotUniform, sqrt (6.0 / 80.0)
          Compat.Jax.heUniform, sqrt (6.0 / 50.0)
          Compat.Jax.lecunUniform, sqrt (3.0 / 50.0)
          Compat.Keras.glorotUniform, sqrt (6.0 / 80.0)
          Compat.Keras.heUniform, sqrt (6.0 / 50.0)
          Compat.Keras.lecunUniform, sqrt (3.0 / 50.0)
          Compat.Torch.xavierUniform 2.0, 2.0 * sqrt (6.0 / 80.0)
          ok (Compat.Torch.kaimingUniform Nonlinearity.Tanh FanMode.FanOut), 5.0 / 3.0 * sqrt (3.0 / 30.0)
          Compat.Torch.layerDefault, 1.0 / sqrt 50.0
          ok (Compat.Torch.kaimingUniform (Nonlinearity.LeakyRelu(sqrt 5.0)) FanMode.FanIn), 1.0 / sqrt 50.0 ] do
        let _, _, (low, high) = law spec
        Assert.Equal(limit, high, 1.0e-15)
        Assert.Equal(-limit, low, 1.0e-15)

[<Fact>]
let ``PyTorch's normals are not cut, and truncated ones are where each library says`` () =
    for spec, expected in
        [ Compat.Torch.xavierNormal 1.0, sqrt (2.0 / 80.0)
          ok (Compat.Torch.kaimingNormal Nonlinearity.Relu FanMode.FanIn), sqrt (2.0 / 50.0)
          ok (Compat.Torch.kaimingNormal Nonlinearity.Selu FanMode.FanIn), 0.75 / sqrt 50.0 ] do
        let _, stddev, support = law spec
        Assert.Equal(expected, stddev, 1.0e-15)
        Assert.Equal((-infinity, infinity), support)

    let support spec =
        let _, _, support = law spec
        support

    Assert.Equal((-2.0, 2.0), support (Compat.Torch.truncNormal 1.0 0.5 -2.0 2.0))
    Assert.Equal((-2.0, 2.0), support (Compat.Timm.truncNormal 1.0 0.5 -2.0 2.0))
    Assert.Equal((0.0, 2.0), support (Compat.Timm.truncNormalTf 1.0 0.5 -2.0 2.0))
    Assert.Equal((0.0, 2.0), support (Compat.Keras.truncatedNormal 1.0 0.5))
    Assert.Equal((-1.0, 1.5), support (Compat.Jax.truncatedNormal 0.5 -2.0 3.0))
    let _, stddev, _ = law (Compat.Keras.truncatedNormal 0.0 0.05)
    Assert.Equal(0.05 * cut, stddev, 1.0e-12)

    Assert.Equal<string list>(
        [ "gain-not-tabulated" ],
        codes (Compat.Torch.kaimingNormal Nonlinearity.Gelu FanMode.FanIn)
    )
