namespace Initializers.FSharp

open System
open Initializers

/// Kernels of the short-time Fourier transform, resolved.
module internal Fourier =
    /// The weight of element n of a window whose period is m.
    let private weight (window: StftWindow) (n: int64) (m: int64) =
        let turned times = Exact.cosTurn (times * n) m

        match window with
        | StftWindow.Hann -> 0.5 - 0.5 * turned 1L
        | StftWindow.Hamming -> 0.54 - 0.46 * turned 1L
        // Summed in this order it is exactly 0 at the ends; SciPy's order leaves -1.4e-17 there.
        | StftWindow.Blackman -> 0.42 + 0.08 * turned 2L - 0.5 * turned 1L
        | StftWindow.Bartlett -> float (2L * min n (m - n)) / float m
        | StftWindow.Boxcar
        | StftWindow.None -> 1.0

    /// As many weights as a frame has elements.
    let weights (window: StftWindow) periodic (frame: int64) : float[] =
        if frame = 1L then
            [| 1.0 |]
        else
            let period = if periodic then frame else frame - 1L
            Array.init (int frame) (fun n -> weight window (int64 n) period)

    let private norm (window: StftWindow) (scaling: StftScaling) (weights: float[]) =
        match window, scaling with
        | StftWindow.None, _
        | _, StftScaling.None -> 1.0
        | _, StftScaling.Density ->
            (0.0, weights)
            ||> Array.fold (fun sum w -> Math.FusedMultiplyAdd(w, w, sum))
            |> Math.Sqrt
        | _, StftScaling.Spectrum -> (0.0, weights) ||> Array.fold (fun sum w -> sum + abs w)

    /// A wave at place j of its n = 2(bins - 1), from a table of its first half.
    let private wave (side: StftSide) (bins: int64) : int64 -> float =
        let n = 2L * (bins - 1L)

        let half (turn: int64 -> int64 -> float) =
            Array.init (int bins) (fun j -> turn (int64 j) n)

        match side with
        | StftSide.Real ->
            let table = half Exact.cosTurn
            fun j -> table[int (min j (n - j))]
        | StftSide.Imaginary ->
            let table = half Exact.sinTurn
            fun j -> if j < bins then -table[int j] else table[int (n - j)]

    let private kernel side (weights: float[]) norm (frame: int64) (channels: int64) (bins: int64) : float[] =
        let numbers = Array.zeroCreate<float>(int (frame * channels * bins))
        let wave = wave side bins
        let n = 2L * (bins - 1L)

        for t in 0L .. frame - 1L do
            for k in 0L .. bins - 1L do
                // A zero is +0, whatever the signs of its factors.
                let value = wave (t * k % n) * weights[int t] / norm + 0.0

                for c in 0L .. channels - 1L do
                    numbers[int ((t * channels + c) * bins + k)] <- value

        numbers

    let stft side window scaling periodic (shape: Shape) : Result<Resolved, InitError list> =
        let spec = "stft"

        match shape.Dims with
        | [ frame; channels; bins ] when shape.Length > 0L ->
            let fits =
                Validation.check
                    (InitError.NotPositive(spec, "the FFT length 2*(bins - 1)", float (2L * (bins - 1L))))
                    (bins > 1L)
                @ Validation.check
                    (InitError.NotWithin(spec, "the number of elements", float shape.Length, 0.0, float Array.MaxLength))
                    (shape.Length <= int64 Array.MaxLength)

            Validation.ofFaults fits ()
            |> Result.bind (fun () ->
                let weights = weights window periodic frame
                let norm = norm window scaling weights

                // A symmetric window of two elements may be its two zeros, of which Keras makes NaN.
                match Validation.check (InitError.NotPositive(spec, "the window's norm", norm)) (norm > 0.0) with
                | [] -> Ok(Resolved.Pattern(NumberArray(shape.Dims, kernel side weights norm frame channels bins), 1L))
                | faults -> Error faults)
        | _ -> Validation.ofFaults (Arrangement.rank spec 3 (Some 3) shape.Rank) (Resolved.Constant 0.0)
