/// Kernels of the short-time Fourier transform against System.Math, SciPy's values and the transform itself.
module Initializers.Properties.StftTests

open System
open System.Numerics
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private within (tolerance: float) (expected: float[]) (actual: float[]) =
    Assert.Equal(expected.Length, actual.Length)

    Array.iter2
        (fun (e: float) (a: float) -> Assert.True(abs (e - a) <= tolerance, $"{a} instead of {e}"))
        expected
        actual

/// A denominator, and a numerator of any sign.
type Fraction = Fraction of p: int64 * q: int64

type Fractions =
    static member Fraction() =
        gen {
            let! q = Gen.oneof [ Gen.choose (1, 64); Gen.choose (1, 1_000_000) ]
            let! p = Gen.choose (-3_000_000, 3_000_000)
            return Fraction(int64 p, int64 q)
        }
        |> Arb.fromGen

[<Properties(Arbitrary = [| typeof<Fractions> |], MaxTest = 2000)>]
module Turns =
    [<Property>]
    let ``cosine and sine are the platform's within 1e-15`` (Fraction(p, q)) =
        let part = (p % q + q) % q
        // Up to half a turn the angle's error is below 7e-16: of pi, of the quotient and of their product.
        let angle =
            2.0 * Math.PI * (float (if 2L * part > q then part - q else part) / float q)

        abs (Exact.cosTurn p q - Math.Cos angle) <= 1.0e-15
        && abs (Exact.sinTurn p q - Math.Sin angle) <= 1.0e-15

    [<Property>]
    let ``symmetries of a turn hold to the bit`` (Fraction(p, q)) =
        Exact.cosTurn -p q = Exact.cosTurn p q
        && Exact.sinTurn -p q = -(Exact.sinTurn p q)
        && Exact.cosTurn (p + q) q = Exact.cosTurn p q
        && Exact.cosTurn (2L * p + q) (2L * q) = -(Exact.cosTurn p q)
        && Exact.cosTurn (4L * p + q) (4L * q) = -(Exact.sinTurn p q)
        && Exact.sinTurn (4L * p + q) (4L * q) = Exact.cosTurn p q

    [<Property>]
    let ``a fraction's terms do not matter`` (Fraction(p, q)) (n: PositiveInt) =
        let n = int64 n.Get
        abs (Exact.cosTurn (n * p) (n * q) - Exact.cosTurn p q) <= 1.2e-16

    [<Property>]
    let ``the squares' sum is 1`` (Fraction(p, q)) =
        let c, s = Exact.cosTurn p q, Exact.sinTurn p q
        abs (c * c + s * s - 1.0) <= 4.5e-16

[<Fact>]
let ``quarters of a turn are exact, and no zero is negative`` () =
    let bits (x: float) = BitConverter.DoubleToInt64Bits x

    for q in 1L .. 50L do
        for quarter in -9L .. 9L do
            let c, s = [ 1.0; 0.0; -1.0; 0.0 ], [ 0.0; 1.0; 0.0; -1.0 ]
            let place = int ((quarter % 4L + 4L) % 4L)
            Assert.Equal(bits c[place], bits (Exact.cosTurn (quarter * q) (4L * q)))
            Assert.Equal(bits s[place], bits (Exact.sinTurn (quarter * q) (4L * q)))

/// Of 25 digits by mpmath; the compiler reads each as the nearest float64.
[<Fact>]
let ``known cosines and sines are rounded once`` () =
    for p, q, cosine, sine in
        [ 1L, 6L, 0.5, 0.8660254037844386467637232
          1L, 12L, 0.8660254037844386467637232, 0.5
          1L, 8L, 0.7071067811865475244008444, 0.7071067811865475244008444
          1L, 5L, 0.3090169943749474241022934, 0.9510565162951535721164393
          1L, 16L, 0.9238795325112867561281832, 0.3826834323650897717284600 ] do
        Assert.Equal((p, q, cosine), (p, q, Exact.cosTurn p q))
        Assert.Equal((p, q, sine), (p, q, Exact.sinTurn p q))

    for q in [ 0L; -1L; 9007199254740993L ] do
        Assert.True(Double.IsNaN(Exact.cosTurn 1L q) && Double.IsNaN(Exact.sinTurn 1L q))

let private windows = List.map snd EnumText.stftWindows
let private scalings = List.map snd EnumText.stftScalings
let private sides = List.map snd EnumText.stftSides

/// What scipy.signal.get_window has for a window, a length and fftbins.
let private known: (StftWindow * bool * float list) list =
    [ StftWindow.Hann, false, [ 1.0 ]
      StftWindow.Blackman, true, [ 1.0 ]
      StftWindow.Hann, false, [ 0.0; 0.75; 0.75; 0.0 ]
      StftWindow.Hann, true, [ 0.0; 0.5; 1.0; 0.5 ]
      StftWindow.Hann, false, [ 0.0; 0.5; 1.0; 0.5; 0.0 ]
      StftWindow.Hamming, false, [ 0.08; 0.54; 1.0; 0.54; 0.08 ]
      StftWindow.Hamming, false, [ 0.08; 0.77; 0.77; 0.08 ]
      StftWindow.Hamming, true, [ 0.08; 0.54; 1.0; 0.54 ]
      StftWindow.Blackman, false, [ 0.0; 0.34; 1.0; 0.34; 0.0 ]
      StftWindow.Blackman, false, [ 0.0; 0.63; 0.63; 0.0 ]
      StftWindow.Blackman, true, [ 0.0; 0.34; 1.0; 0.34 ]
      StftWindow.Bartlett, false, [ 0.0; 0.5; 1.0; 0.5; 0.0 ]
      StftWindow.Bartlett, false, [ 0.0; 2.0 / 3.0; 2.0 / 3.0; 0.0 ]
      StftWindow.Bartlett, true, [ 0.0; 0.5; 1.0; 0.5 ]
      StftWindow.Bartlett, true, [ 0.0; 2.0 / 3.0; 2.0 / 3.0 ]
      StftWindow.Boxcar, false, [ 1.0; 1.0; 1.0 ] ]

[<Fact>]
let ``windows are SciPy's`` () =
    for window, periodic, expected in known do
        let actual =
            Array.init expected.Length (int64 >> StftKernel.weight window periodic (int64 expected.Length))

        within 2.0e-16 (Array.ofList expected) actual

[<Fact>]
let ``windows are symmetric to the bit, have no negative weight and zeros at their ends`` () =
    for window in windows do
        for frame in [ 2L; 3L; 10L; 33L; 1000L ] do
            let weights = Array.init (int frame) (int64 >> StftKernel.weight window false frame)
            Assert.Equal<float[]>(Array.rev weights, weights)
            Assert.All(weights, fun w -> Assert.True(w >= 0.0))

            match window with
            | StftWindow.Hann
            | StftWindow.Blackman
            | StftWindow.Bartlett -> Assert.Equal(0L, BitConverter.DoubleToInt64Bits weights[0])
            | _ -> Assert.True(weights[0] > 0.0)

            // A periodic window is the symmetric one of one element more, without its last.
            Assert.Equal<float[]>(
                Array.init (int frame) (int64 >> StftKernel.weight window false (frame + 1L)),
                Array.init (int frame) (int64 >> StftKernel.weight window true frame)
            )

/// A window by the platform's cosine, in SciPy's own words.
let private direct (window: StftWindow) periodic (frame: int) : float[] =
    if frame = 1 then
        [| 1.0 |]
    else
        let m = float (if periodic then frame else frame - 1)

        Array.init frame (fun n ->
            let angle = 2.0 * Math.PI * float n / m

            match window with
            | StftWindow.Hann -> 0.5 - 0.5 * Math.Cos angle
            | StftWindow.Hamming -> 0.54 - 0.46 * Math.Cos angle
            | StftWindow.Blackman -> 0.42 - 0.5 * Math.Cos angle + 0.08 * Math.Cos(2.0 * angle)
            | StftWindow.Bartlett -> 1.0 - abs (2.0 * float n / m - 1.0)
            | _ -> 1.0)

let private norm window scaling (weights: float[]) =
    match scaling with
    | _ when window = StftWindow.None -> 1.0
    | StftScaling.Density -> sqrt (weights |> Array.sumBy (fun w -> w * w))
    | StftScaling.Spectrum -> Array.sum weights
    | _ -> 1.0

/// Sizes of frame and bins, with every choice. Weights that are all 0 have no norm.
let private requests =
    [ for side in sides do
          for window in windows do
              for scaling in scalings do
                  for periodic in [ false; true ] do
                      for frame, channels, bins in
                          [ 1, 1, 2; 2, 1, 3; 3, 2, 2; 4, 1, 3; 5, 3, 4; 16, 1, 9; 17, 2, 5; 9, 1, 17 ] do
                          if frame <> 2 || periodic || scaling = StftScaling.None then
                              side, window, scaling, periodic, frame, channels, bins ]

let private filled (zero: 'T) spec (frame: int, channels: int, bins: int) : 'T[] =
    let values = Array.create (frame * channels * bins) zero
    let shape = shapeOf [ int64 frame; int64 channels; int64 bins ]

    Initialize.fill (Memory values) 0L shape Fan.Unknown (Seed.ofUInt64 7UL) spec
    |> ok

    values

[<Fact>]
let ``kernels are those of the formula in float32 and float64`` () =
    for side, window, scaling, periodic, frame, channels, bins in requests do
        let weights = direct window periodic frame
        let norm = norm window scaling weights
        let n = 2 * (bins - 1)

        let expected =
            [| for t in 0 .. frame - 1 do
                   for _ in 1..channels do
                       for k in 0 .. bins - 1 do
                           let angle = -2.0 * Math.PI * (float (t * k % n) / float n)

                           let wave =
                               match side with
                               | StftSide.Real -> Math.Cos angle
                               | _ -> Math.Sin angle

                           wave * weights[t] / norm |]

        let spec = Spec.stft side window scaling periodic
        let sizes = frame, channels, bins
        within 1.0e-14 expected (filled 0.0 spec sizes)
        within 1.0e-6 expected (filled 0.0f spec sizes |> Array.map float)

[<Fact>]
let ``no zero of a kernel is negative`` () =
    for side, window, scaling, periodic, frame, channels, bins in requests do
        let values =
            filled 0.0 (Spec.stft side window scaling periodic) (frame, channels, bins)

        Assert.All(values, fun x -> Assert.True(x <> 0.0 || not (Double.IsNegative x)))

[<Fact>]
let ``a kernel applied to a frame is the Fourier transform of the windowed frame`` () =
    let random = Random 11

    for window in windows do
        for frame, bins in [ 16, 9; 15, 9; 24, 9; 7, 20 ] do
            let spec side =
                Spec.stft side window StftScaling.None true

            let signal = Array.init frame (fun _ -> random.NextDouble() - 0.5)
            let weights = direct window true frame
            let n = 2 * (bins - 1)

            let applied side k =
                let kernel = filled 0.0 (spec side) (frame, 1, bins)
                Seq.sum (seq { for t in 0 .. frame - 1 -> signal[t] * kernel[t * bins + k] })

            for k in 0 .. bins - 1 do
                let transformed =
                    (Complex.Zero, [ 0 .. frame - 1 ])
                    ||> List.fold (fun sum t ->
                        let turned =
                            Complex.FromPolarCoordinates(1.0, -2.0 * Math.PI * float (t * k) / float n)

                        sum + Complex(signal[t] * weights[t], 0.0) * turned)

                within
                    1.0e-13
                    [| transformed.Real; transformed.Imaginary |]
                    [| applied StftSide.Real k; applied StftSide.Imaginary k |]

let private hann scaling =
    Spec.stft StftSide.Real StftWindow.Hann scaling false

[<Fact>]
let ``what cannot be filled is refused with its code`` () =
    let resolved spec dims =
        codes (Plan.resolve spec (shapeOf dims) Fan.Unknown DType.Float32)

    for dims in [ []; [ 4L ]; [ 4L; 9L ]; [ 4L; 1L; 9L; 1L ]; [ 0L; 9L ] ] do
        Assert.Equal<string list>([ "rank-unsupported" ], resolved (hann StftScaling.Density) dims)

    Assert.Equal<string list>([ "not-positive" ], resolved (hann StftScaling.Density) [ 4L; 1L; 1L ])
    Assert.Equal<string list>([ "out-of-range" ], resolved (hann StftScaling.Density) [ (1L <<< 18) + 1L; 1L; 2L ])
    // Both weights of a symmetric Hann window of 2 are 0.
    Assert.Equal<string list>([ "not-positive" ], resolved (hann StftScaling.Density) [ 2L; 1L; 3L ])
    Assert.Equal<float[]>(Array.zeroCreate 6, filled 0.0 (hann StftScaling.None) (2, 1, 3))

[<Fact>]
let ``a shape without elements has none, and no fault`` () =
    for sizes in [ 0, 1, 5; 4, 0, 5; 4, 1, 0; 0, 1, 1; 0, 0, 0 ] do
        Assert.Empty(filled 0.0f (hann StftScaling.Density) sizes)

[<Fact>]
let ``texts are read with Keras's defaults, by name and by place`` () =
    let usual = hann StftScaling.Density
    let written = "stft(side=real, window=hann, scaling=density, periodic=false)"

    for text in [ "stft"; "stft()"; written; "stft(periodic=false)" ] do
        Assert.Equal(Ok usual, SpecText.parse text)

    Assert.Equal(written, SpecText.toText usual)

    Assert.Equal(
        """{"initializer": "stft", "side": "real", "window": "hann", "scaling": "density", "periodic": false}""",
        SpecJson.toJson usual
    )

    let other = Spec.stft StftSide.Imaginary StftWindow.None StftScaling.Spectrum true

    Assert.Equal(Ok other, SpecText.parse "stft(imag, none, spectrum, true)")

    Assert.Equal(
        Ok other,
        SpecJson.parse
            """{"initializer": "stft", "periodic": true, "scaling": "spectrum", "window": "none", "side": "imag"}"""
    )

let private faultsOf (result: Result<Spec, InitError list>) =
    match result with
    | Ok spec -> failwith $"%A{spec}"
    | Error faults -> faults |> List.map (fun fault -> InitError.code fault, InitError.message fault)

[<Fact>]
let ``a word that is no choice is named with those that are`` () =
    Assert.Equal<(string * string) list>(
        [ "choice-unknown", "parameter 'side' of stft is 'left'; known are real, imag."
          "choice-unknown",
          "parameter 'window' of stft is 'kaiser'; known are hann, hamming, blackman, bartlett, boxcar, none."
          "choice-unknown", "parameter 'scaling' of stft is 'psd'; known are density, spectrum, none."
          "parameter-kind", "parameter 'periodic' of stft must be true or false." ],
        faultsOf (SpecText.parse "stft(side=left, window=kaiser, scaling=psd, periodic=yes)")
    )

[<Fact>]
let ``JSON of a wrong kind is refused`` () =
    for field, code in
        [ "\"periodic\": 1", "parameter-kind"
          "\"periodic\": \"true\"", "parameter-kind"
          "\"periodic\": null", "json-field"
          "\"window\": null", "json-field"
          "\"window\": [1, 2]", "parameter-kind"
          "\"window\": 3", "choice-unknown"
          "\"side\": true", "parameter-kind" ] do
        let json = $"{{\"initializer\": \"stft\", {field}}}"
        Assert.Equal((field, [ code ]), (field, codes (SpecJson.parse json)))

[<Fact>]
let ``Keras's configs are read and written`` () =
    let other = Spec.stft StftSide.Imaginary StftWindow.None StftScaling.None true

    Assert.Equal(
        Ok
            """{"module": "keras.initializers", "class_name": "STFT", "config": {"side": "imag", "window": null, "periodic": true, "scaling": null}, "registered_name": null}""",
        SpecJson.toKeras other
    )

    for side in sides do
        for window in windows do
            for scaling in scalings do
                for periodic in [ false; true ] do
                    let spec = Spec.stft side window scaling periodic
                    Assert.Equal(Ok spec, SpecJson.toKeras spec |> Result.bind SpecJson.parse)

    for json in
        [ """{"class_name": "STFT"}"""
          """{"class_name": "STFT", "config": {}}"""
          """{"class_name": "STFTInitializer", "config": {"side": "real", "window": "hann"}}""" ] do
        Assert.Equal(Ok(hann StftScaling.Density), SpecJson.parse json)

    for field in
        [ "\"side\": null"
          "\"window\": \"kaiser\""
          "\"window\": \"none\""
          "\"window\": [1, 2]"
          "\"periodic\": 0"
          "\"seed\": null" ] do
        let json = $"{{\"class_name\": \"STFT\", \"config\": {{{field}}}}}"
        Assert.Equal((field, [ "json-field" ]), (field, codes (SpecJson.parse json)))
