namespace Initializers.FSharp

open Initializers

/// Every initializer that texts know: its name, its parameters and what they make.
[<RequireQualifiedAccess>]
module internal SpecEntries =
    type Entry =
        {
            Name: string
            /// In order, each with its default where it has one.
            Parameters: (string * string option) list
            Summary: string
            Build: SpecArguments -> Spec
        }

    let private entry name parameters summary (build: SpecArguments -> Spec) =
        { Name = name
          Parameters = parameters
          Summary = summary
          Build = build }

    /// PyTorch's names of parameters, which are read and not written.
    let private others = [ "std", "stddev"; "a", "negative_slope" ]

    /// An entry's own name of the parameter that a text calls so.
    let parameter (entry: Entry) (name: string) : string option =
        let own = entry.Parameters |> List.map fst

        if List.contains name own then
            Some name
        else
            others
            |> List.tryPick (fun (other, known) ->
                if other = name && List.contains known own then
                    Some known
                else
                    None)

    let private mean = "mean", Some "0"
    let private mode = "mode", Some "fan_in"
    let private slope = "negative_slope", Some "0"
    let private gain = "gain", Some "1"
    let private inner = "inner", None
    let private layers = "layers", None
    let private shapeOf = "shape", Some "flat"

    let private layouts =
        [ Layout.OutIn; Layout.InOut; Layout.OutInSpatial; Layout.SpatialInOut ]
        |> List.map (fun layout -> Names.layout layout, layout)

    /// A scale that a number of layers decides.
    let private layered (scale: int -> Spec -> Spec) (a: SpecArguments) =
        let before = a.Faults.Length
        let count = a.Int "layers"

        if a.Faults.Length = before then
            a.Refuse("layers", PresetFaults.countFaults a.Name "layers" (float count))

        scale (max 1 count) (a.Spec "inner")

    let private glorot family (a: SpecArguments) =
        Spec.glorot (a.CheckedBy(a.Gain, PresetFaults.gainFaults, "gain")) family

    let private kaiming family (a: SpecArguments) =
        let slope = a.Checked PresetFaults.kaimingFaults "negative_slope"
        let mode = a.Mode "mode"
        Spec.kaimingAround (a.Number "mean") slope mode family

    let private aliases names parameters summary (build: SpecArguments -> Spec) =
        names |> List.map (fun name -> entry name parameters summary build)

    let all: Entry list =
        [ entry "zeros" [] "every element 0" (fun _ -> Spec.zeros)
          entry "ones" [] "every element 1" (fun _ -> Spec.ones)
          entry "constant" [ "value", None ] "every element value" (fun a -> Spec.constant (a.Number "value"))
          entry "uniform" [ "low", Some "0"; "high", Some "1" ] "uniform on the open interval (low, high)" (fun a ->
              Spec.uniform (a.Number "low") (a.Number "high"))
          entry "normal" [ mean; "stddev", Some "1" ] "normal with mean and stddev" (fun a ->
              Spec.normal (a.Number "mean") (a.Number "stddev"))
          entry
              "truncated_normal"
              [ mean; "stddev", Some "1"; "lower", Some "-2"; "upper", Some "2" ]
              "normal restricted to bounds in standard deviations from the mean (as JAX, Keras)"
              (fun a ->
                  Spec.truncatedNormal (a.Number "mean") (a.Number "stddev") (a.Number "lower") (a.Number "upper"))
          entry
              "trunc_normal_tf"
              [ mean; "stddev", Some "1"; "a", Some "-2"; "b", Some "2" ]
              "normal restricted to a and b standard deviations from the mean (as timm)"
              (fun a -> Spec.truncatedNormal (a.Number "mean") (a.Number "stddev") (a.Number "a") (a.Number "b"))
          entry
              "trunc_normal"
              [ mean; "stddev", Some "1"; "a", Some "-2"; "b", Some "2" ]
              "normal restricted to the absolute interval (a, b) (as PyTorch)"
              (fun a -> Spec.truncNormal (a.Number "mean") (a.Number "stddev") (a.Number "a") (a.Number "b"))
          entry "logistic" [ "loc", Some "0"; "scale", Some "1" ] "logistic, variance (pi*scale)²/3" (fun a ->
              Spec.logistic (a.Number "loc") (a.Number "scale"))
          entry
              "laplace"
              [ "loc", Some "0"; "scale", Some "1" ]
              "Laplace (double exponential), variance 2*scale²"
              (fun a -> Spec.laplace (a.Number "loc") (a.Number "scale"))
          entry
              "gumbel"
              [ "loc", Some "0"; "scale", Some "1" ]
              "Gumbel (of maxima), mean loc + 0.5772*scale, variance (pi*scale)²/6"
              (fun a -> Spec.gumbel (a.Number "loc") (a.Number "scale"))
          entry
              "triangular"
              [ "low", Some "-1"; "mode", Some "0"; "high", Some "1" ]
              "triangular on the open interval (low, high), peak at mode"
              (fun a -> Spec.triangular (a.Number "low") (a.Number "mode") (a.Number "high"))
          entry
              "variance_scaling"
              [ "scale", Some "1"; mode; "distribution", Some "normal"; mean ]
              "variance scale/fan: normal, truncated_normal or uniform"
              (fun a ->
                  Spec.VarianceScaling(a.Number "scale", a.Mode "mode", a.Distribution "distribution", a.Number "mean"))
          entry
              "fan_uniform"
              [ "numerator", None; "mode", None; "power", None; gain ]
              "Ivy's Uniform: uniform on ± gain*(numerator/fan)^power"
              (fun a -> Spec.FanUniform(a.Number "numerator", a.Mode "mode", a.Number "power", a.Gain "gain"))
          entry "siren" [ "w0", Some "30" ] "uniform on ± sqrt(6/fan_in)/w0 (Sitzmann et al. 2020)" (fun a ->
              Spec.siren (a.Checked PresetFaults.sirenFaults "w0"))
          entry "first_layer_siren" [] "uniform on ± 1/fan_in (Sitzmann et al. 2020)" (fun _ -> Spec.firstLayerSiren)
          entry
              "orthogonal"
              [ gain ]
              "Haar-distributed matrix with orthonormal rows or columns, times gain (Saxe et al. 2013)"
              (fun a -> Spec.orthogonal (a.Gain "gain"))
          entry
              "delta_orthogonal"
              [ gain ]
              "convolution with an orthogonal matrix at its centre, 0 elsewhere (Xiao et al. 2018)"
              (fun a -> Spec.deltaOrthogonal (a.Gain "gain"))
          entry
              "dirac"
              [ "groups", Some "1" ]
              "convolution that hands its input channels on, in each group (as PyTorch)"
              (fun a -> Spec.dirac (a.Whole "groups"))
          entry "identity" [ gain ] "gain on the diagonal, or at the centre of a convolution; 0 elsewhere" (fun a ->
              Spec.identity (a.Gain "gain"))
          entry
              "sparse"
              [ "sparsity", None; "inner", Some "normal(mean=0, stddev=0.01)" ]
              "inner, with ceil(sparsity*rows) zeros a column (Martens 2010)"
              (fun a -> Spec.sparse (a.Number "sparsity") (a.Spec "inner"))
          entry "bilinear" [] "upsampling kernels, triangles over the spatial axes (as MXNet)" (fun _ -> Spec.bilinear)
          entry
              "lstm_bias"
              [ "forget", Some "1" ]
              "an LSTM's bias: forget in the second quarter, 0 elsewhere (Jozefowicz et al. 2015)"
              (fun a -> Spec.lstmBias (a.Number "forget"))
          entry
              "stft"
              [ "side", Some "real"
                "window", Some "hann"
                "scaling", Some "density"
                "periodic", Some "false" ]
              "kernels of the short-time Fourier transform, of shape frame,channels,bins (as Keras)"
              (fun a ->
                  Spec.stft
                      (a.Choice("side", EnumText.stftSides))
                      (a.Choice("window", EnumText.stftWindows))
                      (a.Choice("scaling", EnumText.stftScalings))
                      (a.Flag "periodic"))
          entry "literal" [ "values", None; shapeOf ] "the numbers given, row-major, of the tensor's shape" (fun a ->
              Spec.Literal(a.Array("values", "shape")))
          entry "scale" [ "factor", None; inner ] "factor times the elements of inner" (fun a ->
              Spec.scale (a.Number "factor") (a.Spec "inner"))
          entry "shift" [ "offset", None; inner ] "the elements of inner, plus offset" (fun a ->
              Spec.shift (a.Number "offset") (a.Spec "inner"))
          entry
              "clip"
              [ "low", Some "-inf"; "high", Some "inf"; inner ]
              "the elements of inner, those below low at low, those above high at high"
              (fun a -> Spec.clip (a.Number "low") (a.Number "high") (a.Spec "inner"))
          entry
              "mask"
              [ "keep", None; inner; shapeOf ]
              "inner where keep is not 0, and 0 elsewhere; keep has the sizes of the last axes"
              (fun a -> Spec.Mask(a.Array("keep", "shape"), a.Spec "inner"))
          entry
              "stacked"
              [ "axis", Some "0"; "parts", None ]
              "parts side by side along an axis, each with its size and its own fans: [256: zeros, 512: ones]"
              (fun a -> Spec.stacked (a.Int "axis") (a.Parts "parts"))
          entry "batched" [ "axes", Some "1"; inner ] "inner for each tensor that the first axes count" (fun a ->
              Spec.batched (a.Int "axes") (a.Spec "inner"))
          entry
              "default_layout"
              [ "layout", None; inner ]
              "inner, read by this layout where none is given (oi, io, oihw, hwio)"
              (fun a -> Spec.defaultLayout (a.Choice("layout", layouts)) (a.Spec "inner"))
          entry
              "axis_fans"
              [ "input_axes", None; "output_axes", None; inner ]
              "inner, with the product of the input axes as fan_in and of the output axes as fan_out (as Keras)"
              (fun a -> Spec.axisFans (a.Axes "input_axes") (a.Axes "output_axes") (a.Spec "inner"))
          entry
              "residual"
              [ layers; inner ]
              "inner/sqrt(2*layers), for the ends of residual branches (GPT-2)"
              (layered Spec.residual)
          entry
              "deepnorm"
              [ layers; inner ]
              "inner*(8*layers)^(-1/4), DeepNorm's beta (Wang et al. 2022)"
              (layered Spec.deepNorm)
          entry
              "tfixup_encoder"
              [ layers; inner ]
              "inner*0.67*layers^(-1/4) (T-Fixup, Huang et al. 2020)"
              (layered Spec.tFixupEncoder)
          entry
              "tfixup_decoder"
              [ layers; inner ]
              "inner*(9*layers)^(-1/4) (T-Fixup, Huang et al. 2020)"
              (layered Spec.tFixupDecoder)
          entry
              "width_scaled"
              [ "multiplier", None; inner ]
              "inner/sqrt(multiplier), a hidden matrix under muP (Yang et al. 2022)"
              (fun a ->
                  let count spec =
                      PresetFaults.countFaults spec "multiplier"

                  Spec.widthScaled (a.Checked count "multiplier") (a.Spec "inner"))
          entry "lecun_normal" [] "normal, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunNormal)
          entry "lecun_uniform" [] "uniform, variance 1/fan_in (LeCun et al. 1998)" (fun _ -> Spec.lecunUniform) ]
        @ aliases
            [ "glorot_normal"; "xavier_normal" ]
            [ gain ]
            "normal, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (glorot DistributionFamily.Normal)
        @ aliases
            [ "glorot_uniform"; "xavier_uniform" ]
            [ gain ]
            "uniform, variance 2*gain²/(fan_in+fan_out) (Glorot, Bengio 2010)"
            (glorot DistributionFamily.Uniform)
        @ aliases
            [ "he_normal"; "kaiming_normal" ]
            [ mode; slope; mean ]
            "normal, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
            (kaiming DistributionFamily.Normal)
        @ aliases
            [ "he_uniform"; "kaiming_uniform" ]
            [ mode; slope; mean ]
            "uniform, variance 2/((1+negative_slope²)*fan) (He et al. 2015)"
            (kaiming DistributionFamily.Uniform)
        |> List.sortBy _.Name
