namespace Initializers.FSharp

open Initializers

/// The words by which texts and Keras's configs know the enums of specs.
[<RequireQualifiedAccess>]
module internal EnumText =
    let families =
        [ "normal", DistributionFamily.Normal
          "truncated_normal", DistributionFamily.TruncatedNormal
          "uniform", DistributionFamily.Uniform ]

    let stftSides = [ "real", StftSide.Real; "imag", StftSide.Imaginary ]

    let stftWindows =
        [ "hann", StftWindow.Hann
          "hamming", StftWindow.Hamming
          "blackman", StftWindow.Blackman
          "bartlett", StftWindow.Bartlett
          "boxcar", StftWindow.Boxcar
          "none", StftWindow.None ]

    let stftScalings =
        [ "density", StftScaling.Density
          "spectrum", StftScaling.Spectrum
          "none", StftScaling.None ]

    /// The word of a value, or its type and number if the list lacks it.
    let text (names: (string * 'a) list) (value: 'a when 'a: enum<int>) : string =
        match names |> List.tryFind (fun (_, known) -> known = value) with
        | Some(word, _) -> word
        | None -> $"{typeof<'a>.Name}({LanguagePrimitives.EnumToValue value})"
