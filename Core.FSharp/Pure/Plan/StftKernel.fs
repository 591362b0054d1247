namespace Initializers.FSharp

open System
open Initializers

/// Kernels of the short-time Fourier transform, resolved.
module internal StftKernel =
    /// The longest frame: its window is summed when a spec is resolved.
    let longestFrame = 1L <<< 18

    /// The most bins, whose table fits an array.
    let mostBins = 1L <<< 30

    /// The weight of element n of a window with `frame` elements.
    let weight (window: StftWindow) periodic (frame: int64) : int64 -> float =
        let m = if periodic then frame else frame - 1L
        let turned times n = Exact.cosTurn (times * n) m

        fun n ->
            if frame = 1L then
                1.0
            else
                match window with
                | StftWindow.Hann -> 0.5 - 0.5 * turned 1L n
                | StftWindow.Hamming -> 0.54 - 0.46 * turned 1L n
                // Summed in this order it is exactly 0 at the ends; SciPy's order leaves -1.4e-17 there.
                | StftWindow.Blackman -> 0.42 + 0.08 * turned 2L n - 0.5 * turned 1L n
                | StftWindow.Bartlett -> float (2L * min n (m - n)) / float m
                // Boxcar and None.
                | _ -> 1.0

    let private norm (window: StftWindow) (scaling: StftScaling) periodic (frame: int64) =
        let weight = weight window periodic frame
        let weights = seq { 0L .. frame - 1L } |> Seq.map weight

        match window, scaling with
        | StftWindow.None, _
        | _, StftScaling.None -> 1.0
        | _, StftScaling.Density ->
            (0.0, weights)
            ||> Seq.fold (fun sum w -> Math.FusedMultiplyAdd(w, w, sum))
            |> Math.Sqrt
        | _ -> (0.0, weights) ||> Seq.fold (fun sum w -> sum + abs w)

    /// A wave at place j of its n = 2(bins - 1), from its first half, of which `tabled` may make a table.
    let wave (side: StftSide) (bins: int64) (tabled: (int64 -> float) -> int64 -> float) : int64 -> float =
        let n = 2L * (bins - 1L)

        match side with
        | StftSide.Real ->
            let half = tabled (fun j -> Exact.cosTurn j n)
            fun j -> half (min j (n - j))
        | _ ->
            let half = tabled (fun j -> Exact.sinTurn j n)
            fun j -> if j < bins then -(half j) else half (n - j)

    let stft side window scaling periodic (shape: Shape) : Result<Resolved, InitError list> =
        let spec = "stft"

        let unknown =
            let check name words value =
                Validation.check
                    (InitError.ChoiceUnknown(spec, name, EnumText.text words value, List.map fst words))
                    (Enum.IsDefined value)

            check "side" EnumText.stftSides side
            @ check "window" EnumText.stftWindows window
            @ check "scaling" EnumText.stftScalings scaling

        match shape.Dims with
        | [ frame; channels; bins ] when shape.Length > 0L ->
            let fits =
                unknown
                @ Validation.check
                    (InitError.NotPositive(spec, "the FFT length 2*(bins - 1)", 2.0 * float (bins - 1L)))
                    (bins > 1L)
                @ Validation.check
                    (InitError.OutOfRange(spec, "the number of bins", float bins, 2.0, float mostBins))
                    (bins <= mostBins)
                @ Validation.check
                    (InitError.OutOfRange(spec, "the frame's length", float frame, 1.0, float longestFrame))
                    (frame <= longestFrame)

            Validation.ofFaults fits ()
            |> Result.bind (fun () ->
                let norm = norm window scaling periodic frame

                // A symmetric window of two elements may be its two zeros, of which Keras makes NaN.
                match Validation.check (InitError.NotPositive(spec, "the window's norm", norm)) (norm > 0.0) with
                | [] ->
                    let formula =
                        NumberFormula.Stft(side, window, periodic, norm, frame, channels, bins)

                    Ok(Resolved.formula formula 1L)
                | faults -> Error faults)
        | _ -> Validation.ofFaults (unknown @ AxisOrder.rank spec 3 (Some 3) shape.Rank) (Resolved.constant 0.0)
