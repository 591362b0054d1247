/// Doctor finds planted faults at the smallest size that its false-alarm rate of 1e-6 a file allows, and none in right files.
/// n is given by each test; seeds are fixed.
module Initializers.Properties.DoctorTests

open System
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.DoctorModels

let private weight = "h.0.attn.weight"

let private row length (index: int) (values: float32[]) =
    values[index * length .. (index + 1) * length - 1]

let private set (first: int) (part: float32[]) (values: float32[]) =
    Array.blit part 0 values first part.Length
    values

/// The places of the largest values.
let private largest count (values: float32[]) =
    values
    |> Array.indexed
    |> Array.sortByDescending snd
    |> Array.truncate count
    |> Array.map fst

/// The elements of another tensor of the model.
let private of' name (tensors: Planted list) =
    (tensors |> List.find (fun t -> t.Entry.Name = name)).Values

let private right = model 1UL

/// A row of 8 float32 is the shortest that is compared.
let private short =
    right @ [ tensor 1UL "short.weight" [ 40L; 8L ] (Spec.normal 0.0 0.02) ]

/// Planted faults that need no recipe: the tensors, the code and the tensor that is named.
let private faults: (string * Planted list * string * string) list =
    let at name =
        fun change -> right |> changed name change

    let other = right |> of' "h.1.attn.weight"

    [ "a matrix of zeros", at weight (Array.map (fun _ -> 0.0f)), "never-written", weight
      "two rows of zeros", at weight (set 192 (Array.zeroCreate 384)), "never-written", weight
      // 64 bytes within a row.
      "16 zeros in a row", at weight (set 1000 (Array.zeroCreate 16)), "never-written", weight
      "a tail of zeros", at weight (set (49152 - 150) (Array.zeroCreate 150)), "never-written", weight
      "a row of zeros and 16 of the next", at weight (set 192 (Array.zeroCreate 208)), "never-written", weight
      "one subnormal element", at weight (set 1000 [| Single.Epsilon |]), "never-written", weight
      "one NaN", at weight (set 77 [| nanf |]), "non-finite", weight
      "one infinity", at weight (set 77 [| -infinityf |]), "non-finite", weight
      "a matrix of 0.02, as of TorchSharp's trunc_normal_", at weight (Array.map (fun _ -> 0.02f)), "constant", weight
      "four elements of 49,152 at the largest value",
      at weight (fun values ->
          let places = largest 4 values

          for place in places do
              values[place] <- values[places[3]]

          values),
      "clipped",
      weight
      "bfloat16 values in float32",
      at weight (Array.map (fun x -> (BFloat16.FromSingle x).ToSingle())),
      "low-precision",
      weight
      "a grid of 2^11 values among 8192 elements",
      at "h.0.gate.weight" (Array.map (fun x -> MathF.Floor(x * 10240.0f) / 10240.0f + 0.00001f)),
      "low-precision",
      "h.0.gate.weight"
      "one row of 8 twice",
      short |> changed "short.weight" (fun v -> set (8 * 31) (row 8 3 v) v),
      "equal-rows",
      "short.weight"
      "one row of another tensor", at weight (set (192 * 5) (row 192 200 other)), "equal-rows", "h.1.attn.weight"
      "one row of 8 times 0.7",
      short
      |> changed "short.weight" (fun v -> set (8 * 31) (row 8 3 v |> Array.map (fun x -> -0.7f * x)) v),
      "scaled-rows",
      "short.weight"
      "two tensors of one stream", at weight (fun _ -> other), "equal-tensors", weight
      "two tensors of one stream with two scales",
      at weight (fun _ -> other |> Array.map (fun x -> 0.3f * x)),
      "scaled-rows",
      "h.1.attn.weight"
      "4000 elements shifted by 37", at weight (set 1037 other[1000..4999]), "shifted-copy", "h.1.attn.weight"
      "4000 elements shifted by 37 and scaled",
      at weight (set 1037 (other[1000..4999] |> Array.map (fun x -> 2.7f * x))),
      "shifted-copy",
      "h.1.attn.weight"
      "a page of 4096 bytes twice",
      at weight (fun v -> set (1024 * 40) v[1024 * 3 .. 1024 * 4 - 1] v),
      "repeated-pages",
      weight ]

[<Fact>]
let ``planted faults are found, and nothing else in their files`` () =
    for name, tensors, code, place in faults do
        let found = codesOf (report tensors).Faults
        Assert.True(List.contains (code, place) found, $"{name}: %A{found}")
        // A copied page has copied rows, and a scaled stream copied windows: one kind of fault in these tensors alone.
        Assert.True(found.Length <= 2, $"{name}: %A{found}")

/// Changes that are just too small to be faults.
let private nearly: (string * Planted list) list =
    let at name =
        fun change -> right |> changed name change

    [ "three elements of 49,152 at the largest value",
      at weight (fun values ->
          let places = largest 3 values

          for place in places do
              values[place] <- values[places[2]]

          values)
      "one row of zeros", at weight (set 192 (Array.zeroCreate 192))
      "15 zeros in a row", at weight (set 1000 (Array.zeroCreate 15))
      "a row of zeros and 15 of the next", at weight (set 192 (Array.zeroCreate 207))
      // A row of 7 is found by its repeated values.
      "a row of 3 twice",
      right @ [ tensor 1UL "three.weight" [ 40L; 3L ] (Spec.normal 0.0 0.02) ]
      |> changed "three.weight" (fun v -> set (3 * 31) (row 3 3 v) v) ]

[<Fact>]
let ``smaller changes are not found`` () =
    for name, tensors in nearly do
        Assert.True((report tensors).IsRight, $"{name}: %A{(report tensors).Faults}")

[<Fact>]
let ``a right file has no fault, with its recipe and without`` () =
    Assert.Empty((report right).Faults)
    let byRecipe = reportByRecipe right
    Assert.Empty(byRecipe.Findings)
    Assert.All(byRecipe.Tensors, fun t -> Assert.NotEqual<string>("", t.Expected))

[<Fact>]
let ``families and formulas of right tensors are named`` () =
    let tensors =
        (report right).Tensors |> List.map (fun t -> t.Header.Name, t) |> Map.ofList

    Assert.StartsWith("normal(stddev=0.0", tensors[weight].Looks)
    Assert.StartsWith("uniform(stddev=0.05", tensors["h.0.gate.weight"].Looks)
    Assert.StartsWith("truncated_normal(", tensors["wte.weight"].Looks)
    Assert.Equal("constant 1", tensors["h.0.ln.weight"].Looks)
    Assert.Equal("sqrt(2/fan_in)", tensors["h.0.mlp.weight"].Scale)
    Assert.Equal(32, tensors[weight].Histogram.Length)

let private like name spec =
    let dims = (right |> List.find (fun t -> t.Entry.Name = name)).Entry.Shape.Dims

    right
    |> changed name (fun _ -> drawn spec (Fan.From Layout.OutIn) dims (Seed.ofUInt64 99UL))

/// Tensors that differ from the recipe: the tensors, the code, the tensor, and a part of the message.
let private wrong: (string * Planted list * string * string * string) list =
    let mlp = "h.1.mlp.weight"
    let bound = 0.02 * sqrt 3.0

    [ "uniform for normal", like weight (Spec.uniform -bound bound), "wrong-distribution", weight, "uniform(stddev=0.0"
      "normal for uniform",
      like "h.0.gate.weight" (Spec.normal 0.0 (0.1 / sqrt 3.0)),
      "outside-support",
      "h.0.gate.weight",
      "-0.1 to 0.1"
      "truncated for normal",
      like weight (Spec.truncatedNormal 0.0 (0.02 / 0.8796256610342398) (Bounds.Sigmas(-2.0, 2.0))),
      "wrong-distribution",
      weight,
      "truncated_normal"
      // n = 49,152: a standard error of 0.32 %, and a bound of 6.4 of them.
      "a stddev 3.3 % too large", like weight (Spec.normal 0.0 0.02066), "wrong-stddev", weight, "z ="
      "a mean off by a tenth of a hundredth", like weight (Spec.normal 0.001 0.02), "wrong-mean", weight, "z ="
      "sqrt(2) too large",
      like weight (Spec.normal 0.0 (0.02 * sqrt 2.0)),
      "wrong-stddev",
      weight,
      "sqrt(2), as by a gain"
      "fan_out for fan_in",
      like mlp (Spec.VarianceScaling(2.0, FanMode.FanOut, DistributionFamily.Normal, 0.0)),
      "wrong-stddev",
      mlp,
      "fan_out was taken for fan_in"
      "a bound for a stddev", like weight (Spec.uniform -0.02 0.02), "wrong-stddev", weight, "1/sqrt(3)"
      "a truncation that is not compensated",
      like weight (Spec.truncatedNormal 0.0 0.02 (Bounds.Sigmas(-2.0, 2.0))),
      "wrong-stddev",
      weight,
      "0.8796"
      "never written", like weight Spec.zeros, "never-written", weight, "the recipe says normal"
      "constant", like weight (Spec.constant 0.02), "constant", weight, "the recipe says normal"
      "a bias of 128 that is not 0",
      like "h.0.mlp.bias" (Spec.normal 0.0 0.02),
      "wrong-numbers",
      "h.0.mlp.bias",
      "128 of 128"
      "one element of a bias",
      right |> changed "h.0.mlp.bias" (set 5 [| 1.0e-6f |]),
      "wrong-numbers",
      "h.0.mlp.bias",
      "element 5 first" ]

[<Fact>]
let ``tensors that differ from the recipe are faults, with the reason`` () =
    for name, tensors, code, place, text in wrong do
        let faults = (reportByRecipe tensors).Faults

        match
            faults
            |> List.filter (fun f -> FindingKind.code f.Kind = code && f.Tensor = place)
        with
        | fault :: _ -> Assert.True(fault.Message.Contains text, $"{name}: {fault.Message}")
        | [] -> Assert.Fail $"{name}: %A{faults}"

        // A wrong law shows in more than one way, but in no other tensor.
        Assert.All(faults, fun fault -> Assert.Equal(place, fault.Tensor))

[<Fact>]
let ``tied tensors and padding rows are notes`` () =
    let head =
        { Entry =
            { right.Head.Entry with
                Name = "lm_head.weight" }
          Values = right.Head.Values }

    let tied = report (right @ [ head ])
    Assert.Empty(tied.Faults)
    Assert.Equal<(string * string) list>([ "tied", "wte.weight" ], codesOf tied.Notes)
    let padded = report (right |> changed "wte.weight" (set 0 (Array.zeroCreate 64)))
    Assert.Equal<(string * string) list>([ "padding-row", "wte.weight" ], codesOf padded.Notes)
    Assert.Empty(padded.Faults)

let private buffer name dims storage values : Planted =
    { Entry =
        { Name = name
          Shape = shapeOf dims
          Storage = storage }
      Values = values }

let private frequencies =
    Array.init 32 (fun i -> float32 (Math.Pow(10000.0, -float i / 32.0)))

let private buffers (ids: float32[]) (mask: float32[]) (inverse: float32[]) =
    report
        [ buffer "embeddings.position_ids" [ 1L; 512L ] (Storage.Integer IntegerType.I64) ids
          buffer "h.0.attn.bias" [ 1L; 1L; 64L; 64L ] (Storage.Integer IntegerType.Bool) mask
          buffer "h.0.attn.rotary_emb.inv_freq" [ 32L ] (Storage.Float DType.Float32) inverse ]

[<Fact>]
let ``buffers are compared with their formulas`` () =
    let ids = Array.init 512 float32
    let mask = Array.init 4096 (fun i -> if i % 64 <= i / 64 then 1.0f else 0.0f)
    let hidden = mask |> Array.map (fun x -> 1.0f - x)
    Assert.Empty((buffers ids mask frequencies).Faults)
    Assert.Empty((buffers ids hidden frequencies).Faults)

    let codes ids mask inverse =
        codesOf (buffers ids mask inverse).Faults

    let name = "h.0.attn.rotary_emb.inv_freq"

    Assert.Equal<(string * string) list>(
        [ "wrong-buffer", "embeddings.position_ids" ],
        codes (ids |> Array.copy |> set 511 [| 512.0f |]) mask frequencies
    )

    Assert.Equal<(string * string) list>(
        [ "wrong-buffer", "h.0.attn.bias" ],
        codes ids (mask |> Array.copy |> set 1 [| 1.0f |]) frequencies
    )

    let rounded = frequencies |> Array.map (fun x -> (BFloat16.FromSingle x).ToSingle())
    Assert.Equal<(string * string) list>([ "wrong-buffer", name ], codes ids mask rounded)
    Assert.Equal<(string * string) list>([ "wrong-buffer", name ], codes ids mask (Array.rev frequencies))

let private compared (later: Planted list) (earlier: Planted list) =
    withFiles [ "a.safetensors", bytesOf earlier; "b.safetensors", bytesOf later ] (fun path ->
        examined (words (path "b.safetensors") null (path "a.safetensors")))

[<Fact>]
let ``a step of training descends, and another seed does not`` () =
    // A change of a tenth of the norm, in every weight.
    let trained =
        right
        |> List.map (fun t ->
            let noise =
                drawn
                    (Spec.normal 0.0 0.002)
                    Fan.Unknown
                    t.Entry.Shape.Dims
                    (Seed.ofUInt64 5UL |> Seed.child t.Entry.Name)

            { t with
                Values = Array.map2 (+) t.Values noise })

    let step = compared trained right
    let descent (d: Diagnosis) = d.Comparison |> Option.map _.Descent
    Assert.Equal(Some Descent.Descends, descent step)
    Assert.DoesNotContain(step.Faults, fun f -> f.Kind = FindingKind.NotDescended)
    Assert.Equal(Some Descent.Same, descent (compared right right))
    let other = compared (model 2UL) right
    Assert.Equal(Some Descent.Independent, descent other)
    Assert.Equal<(string * string) list>([ "not-descended", "" ], codesOf other.Faults)

    let mixed =
        compared (trained |> changed weight (fun _ -> of' weight (model 2UL))) right

    Assert.Equal(Some Descent.Partly, descent mixed)

    let added =
        compared (right @ [ tensor 1UL "head.weight" [ 10L; 64L ] (Spec.normal 0.0 0.02) ]) right.Tail

    Assert.Equal<(string * string) list>(
        [ "not-in-both", "head.weight"; "not-in-both", "wte.weight" ],
        codesOf added.Notes |> List.sort
    )

[<Fact>]
let ``requests are refused with all faults`` () =
    let codes text = codes (Doctor.validate text)
    Assert.Equal<string list>([ "argument-missing" ], codes (words null null null))

    Assert.Equal<string list>(
        [ "file-missing"; "recipe-unknown"; "file-missing"; "argument-invalid" ],
        codes
            { words "absent.safetensors" "nothing" "absent.safetensors" with
                FalseAlarmRate = "2" }
    )

    withFiles [ "m.safetensors", bytesOf right ] (fun path ->
        let file = path "m.safetensors"

        let page name force =
            codes
                { words file null null with
                    Page = name
                    Overwrite = force }

        Assert.Equal<string list>([ "output-is-input" ], page file true)
        Assert.Equal<string list>([ "file-unwritable" ], page (path "no/r.html") false)

        let text =
            { words file null null with
                Page = path "r.html" }

        ok (Doctor.savePage text "<p>")
        Assert.Equal<string list>([ "file-exists" ], codes text)
        use cancelled = new CancellationTokenSource()
        cancelled.Cancel()

        Assert.Equal<string list>(
            [ "cancelled" ],
            Generators.codes (Doctor.examine (words file null null) (fun _ _ -> ()) cancelled.Token)
        ))

[<Fact>]
let ``a diagnosis with faults is the error faults-found`` () =
    let wrong = report (right |> changed weight (set 0 [| nanf |]))
    Assert.Equal<string list>([ "faults-found" ], codes (Doctor.right wrong))
    Assert.Empty(codes (Doctor.right (report right)))

[<Fact; Trait("Category", "Long")>]
let ``300 right files of this library have no fault, with their recipe and without`` () =
    // At a rate of 1e-6 a file, one of 1700 such tests fails by chance.
    let faults =
        Array.Parallel.init 300 (fun i ->
            let seed = uint64 i + 1UL
            let tensors = model (seed + 1000UL)
            [ for report in [ report tensors; reportByRecipe tensors ] -> seed, report.Faults ])

    Assert.Empty(faults |> Seq.collect id |> Seq.filter (fun (_, faults) -> not faults.IsEmpty))
