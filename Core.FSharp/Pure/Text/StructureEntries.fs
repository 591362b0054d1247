namespace Initializers.FSharp

open Initializers
open Initializers.FSharp.SpecSyntax
open Initializers.FSharp.EntryParts

/// Entries of matrices, kernels and combinators.
[<RequireQualifiedAccess>]
module internal StructureEntries =
    let private shape = "shape", Some "flat"

    let private layouts =
        [ Layout.OutIn; Layout.InOut; Layout.OutInSpatial; Layout.SpatialInOut ]
        |> List.map (fun layout -> Names.layout layout, layout)

    let private numbersOf name (all: NumberArray) =
        name, Value.Numbers(List.ofArray (all.Numbers.ToArray()))

    /// The sizes of an array's axes; none where it has one axis, the default.
    let private sizesOf (all: NumberArray) =
        if all.Dims = [ int64 all.Numbers.Length ] then
            []
        else
            [ "shape", Value.Sizes all.Dims ]

    let private axes name (all: int list) =
        name, Value.Sizes(all |> List.map int64)

    let private matrices =
        [ entry
              "orthogonal"
              [ gain ]
              "Haar-distributed matrix with orthonormal rows or columns, times gain (Saxe et al. 2013)"
              (fun a -> Spec.orthogonal (a.Gain "gain"))
              (function
               | Spec.Orthogonal gain -> Some [ number "gain" gain ]
               | _ -> None)
          entry
              "delta_orthogonal"
              [ gain ]
              "convolution with an orthogonal matrix at its centre, 0 elsewhere (Xiao et al. 2018)"
              (fun a -> Spec.deltaOrthogonal (a.Gain "gain"))
              (function
               | Spec.DeltaOrthogonal gain -> Some [ number "gain" gain ]
               | _ -> None)
          entry
              "dirac"
              [ "groups", Some "1" ]
              "convolution that passes each input channel through, per group (as PyTorch)"
              (fun a -> Spec.dirac (a.Whole "groups"))
              (function
               | Spec.Dirac groups -> Some [ "groups", Value.Whole groups ]
               | _ -> None)
          entry
              "identity"
              [ gain ]
              "gain on the diagonal, or at the centre of a convolution; 0 elsewhere"
              (fun a -> Spec.identity (a.Gain "gain"))
              (function
               | Spec.Identity gain -> Some [ number "gain" gain ]
               | _ -> None)
          entry
              "sparse"
              [ "sparsity", None; "inner", Some "normal(mean=0, stddev=0.01)" ]
              "inner, with ceil(sparsity*rows) zeros a column (Martens 2010)"
              (fun a -> Spec.sparse (a.Number "sparsity") (a.Spec "inner"))
              (function
               | Spec.Sparse(sparsity, spec) -> Some [ number "sparsity" sparsity; nested spec ]
               | _ -> None)
          constant
              "bilinear"
              "upsampling kernels, triangles over the spatial axes (as MXNet)"
              Spec.bilinear
              _.IsBilinear
          entry
              "lstm_bias"
              [ "forget", Some "1" ]
              "an LSTM's bias: forget in the second quarter, 0 elsewhere (Jozefowicz et al. 2015)"
              (fun a -> Spec.lstmBias (a.Number "forget"))
              (function
               | Spec.LstmBias forget -> Some [ number "forget" forget ]
               | _ -> None)
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
              (function
               | Spec.Stft(side, window, scaling, periodic) ->
                   Some
                       [ "side", Value.Word(EnumText.text EnumText.stftSides side)
                         "window", Value.Word(EnumText.text EnumText.stftWindows window)
                         "scaling", Value.Word(EnumText.text EnumText.stftScalings scaling)
                         "periodic", Value.Flag periodic ]
               | _ -> None)
          entry
              "literal"
              [ "values", None; shape ]
              "the numbers given, row-major, with the sizes of the last axes"
              (fun a -> Spec.Literal(a.Array("values", "shape")))
              (function
               | Spec.Literal numbers -> Some(numbersOf "values" numbers :: sizesOf numbers)
               | _ -> None)
          entry
              "formula"
              [ "expression", None ]
              "each element a function of its indices i0 i1 …, j0 of the last axis, and sizes d0 d1 …: 10000^(-2*i0/d0)"
              (fun a -> Spec.Formula(a.Formula "expression"))
              (function
               | Spec.Formula expression -> Some [ "expression", Value.Word expression.Text ]
               | _ -> None) ]

    let private combinators =
        [ entry
              "scale"
              [ "factor", None; innerSpec ]
              "factor times the elements of inner"
              (fun a -> Spec.scale (a.Number "factor") (a.Spec "inner"))
              (function
               | Spec.Scale(factor, spec) -> Some [ number "factor" factor; nested spec ]
               | _ -> None)
          entry
              "shift"
              [ "offset", None; innerSpec ]
              "the elements of inner, plus offset"
              (fun a -> Spec.shift (a.Number "offset") (a.Spec "inner"))
              (function
               | Spec.Shift(offset, spec) -> Some [ number "offset" offset; nested spec ]
               | _ -> None)
          entry
              "clip"
              [ "low", Some "-inf"; "high", Some "inf"; innerSpec ]
              "the elements of inner, those below low at low, those above high at high"
              (fun a -> Spec.clip (a.Number "low") (a.Number "high") (a.Spec "inner"))
              (function
               | Spec.Clip(low, high, spec) -> Some [ number "low" low; number "high" high; nested spec ]
               | _ -> None)
          entry
              "mask"
              [ "keep", None; innerSpec; shape ]
              "inner where keep is not 0, and 0 elsewhere; keep has the sizes of the last axes"
              (fun a -> Spec.Mask(a.Array("keep", "shape"), a.Spec "inner"))
              (function
               | Spec.Mask(keep, spec) -> Some(numbersOf "keep" keep :: nested spec :: sizesOf keep)
               | _ -> None)
          entry
              "stacked"
              [ "axis", Some "0"; "parts", None ]
              "parts side by side along an axis, each with its size and its own fans: [256: zeros, 512: ones]"
              (fun a -> Spec.stacked (a.Int "axis") (a.Parts "parts"))
              (function
               | Spec.Stacked(axis, parts) -> Some [ "axis", Value.Whole axis; "parts", Value.Parts parts ]
               | _ -> None)
          entry
              "batched"
              [ "axes", Some "1"; innerSpec ]
              "inner for each tensor that the first axes count"
              (fun a -> Spec.batched (a.Int "axes") (a.Spec "inner"))
              (function
               | Spec.Batched(axes, spec) -> Some [ "axes", Value.Whole axes; nested spec ]
               | _ -> None)
          entry
              "default_layout"
              [ "layout", None; innerSpec ]
              "inner, read by this layout where none is given (oi, io, oihw, hwio)"
              (fun a -> Spec.defaultLayout (a.Choice("layout", layouts)) (a.Spec "inner"))
              (function
               | Spec.DefaultLayout(layout, spec) -> Some [ "layout", Value.Word(Names.layout layout); nested spec ]
               | _ -> None)
          entry
              "axis_fans"
              [ "input_axes", None; "output_axes", None; innerSpec ]
              "inner, with the product of the input axes as fan_in and of the output axes as fan_out (as Keras)"
              (fun a -> Spec.axisFans (a.Axes "input_axes") (a.Axes "output_axes") (a.Spec "inner"))
              (function
               | Spec.AxisFans(inputs, outputs, spec) ->
                   Some [ axes "input_axes" inputs; axes "output_axes" outputs; nested spec ]
               | _ -> None) ]

    let all = matrices @ combinators
