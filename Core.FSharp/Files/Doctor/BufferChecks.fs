namespace Initializers.Files

open System
open Initializers.FSharp

/// Buffers that models compute, by their names: rotary frequencies, position ids and causal masks.
[<RequireQualifiedAccess>]
type internal BufferRole =
    | InverseFrequencies
    | PositionIds
    /// The sizes of the last two axes, which are equal.
    | CausalMask of size: int64
    | Others

[<RequireQualifiedAccess>]
module internal BufferRole =
    let private ends (name: string) (word: string) =
        name.Equals(word, StringComparison.Ordinal)
        || name.EndsWith("." + word, StringComparison.Ordinal)

    let ofTensor (header: TensorHeader) : BufferRole =
        let dims = header.Shape.Dims

        let isFlags =
            match header.DType with
            | StoredType.Bool
            | StoredType.U8
            | StoredType.I8 -> true
            | _ -> false

        let square =
            match List.rev dims with
            | a :: b :: _ when a = b && a > 1L && header.Shape.Length = a * b -> Some a
            | _ -> None

        match square with
        | _ when ends header.Name "inv_freq" && dims.Length = 1 && header.Shape.Length >= 2L ->
            BufferRole.InverseFrequencies
        | _ when ends header.Name "position_ids" && not dims.IsEmpty && header.Shape.Length > 0L ->
            BufferRole.PositionIds
        | Some size when ends header.Name "causal_mask" -> BufferRole.CausalMask size
        // A bias of floats is a weight, such as one of relative positions.
        | Some size when isFlags && (ends header.Name "attn.bias" || ends header.Name "attention.bias") ->
            BufferRole.CausalMask size
        | _ -> BufferRole.Others

/// Compares a buffer's elements, which arrive in order, with its formula.
[<Sealed>]
type internal BufferCheck(header: TensorHeader) =
    let role = BufferRole.ofTensor header
    let first = ResizeArray<float>()
    let mutable index = 0L
    // The first element that is wrong, for masks of ones at and below the diagonal, and for masks of what is hidden.
    let mutable wrong = -1L
    let mutable hidden = -1L

    let finding severity message advice : Finding =
        { Kind = FindingKind.WrongBuffer
          Severity = severity
          Tensor = header.Name
          Others = []
          Message = message
          Advice = advice
          PValue = 0.0 }

    let mark (at: int64) (isRight: bool) (current: int64) =
        if isRight || current >= 0L then current else at

    let frequencies () =
        let x = first.ToArray()
        let n = float x.Length
        let advice = "Compute it in float32 as base^(-2i/d), i = 0, 1, …, d/2 - 1."
        let last = x[x.Length - 1]

        let falls = x |> Array.pairwise |> Array.forall (fun (a, b) -> b < a) && last > 0.0

        if not falls || abs (x[0] - 1.0) > 1.0e-6 then
            [ finding Severity.Fault "Rotary frequencies fall from 1 to above 0, and these do not." advice ]
        else
            let logBase = -log last * n / (n - 1.0)

            let off =
                x
                |> Array.mapi (fun i value -> abs (log value + float i / n * logBase))
                |> Array.max

            let isRounded =
                x
                |> Array.forall (fun value -> BitConverter.SingleToUInt32Bits(float32 value) &&& 0xFFFFu = 0u)

            if off <= 1.0e-5 * logBase then
                []
            elif isRounded && StoredType.bits header.DType >= 32 then
                [ finding
                      Severity.Fault
                      $"Its frequencies were rounded to bfloat16, by which angles of late positions are off by {Names.number (Math.Round(off, 4))} radians per radian."
                      advice ]
            elif off <= 0.02 && StoredType.bits header.DType < 32 then
                []
            else
                [ finding
                      Severity.Note
                      "Its frequencies fall from 1, but not by a constant factor; scaled rotary embeddings have such."
                      "Nothing, if the model scales them." ]

    member _.IsNeeded = role <> BufferRole.Others

    member _.Add(values: Span<float>) =
        match role with
        | BufferRole.InverseFrequencies ->
            for x in values do
                first.Add x
        | BufferRole.PositionIds ->
            let size = List.last header.Shape.Dims

            for i in 0 .. values.Length - 1 do
                let at = index + int64 i
                wrong <- mark at (values[i] = float (at % size)) wrong
        | BufferRole.CausalMask size ->
            for i in 0 .. values.Length - 1 do
                let at = index + int64 i
                let isSeen = at % size <= at / size
                let x = values[i]
                wrong <- mark at (x = (if isSeen then 1.0 else 0.0)) wrong
                // 1 or a large negative number where a position is hidden.
                hidden <- mark at (if isSeen then x = 0.0 else x = 1.0 || x <= -1000.0) hidden
        | BufferRole.Others -> ()

        index <- index + int64 values.Length

    member _.Findings: Finding list =
        match role with
        | BufferRole.InverseFrequencies -> frequencies ()
        | BufferRole.PositionIds when wrong >= 0L ->
            [ finding
                  Severity.Fault
                  $"Position ids are 0, 1, 2, … along the last axis, and element {wrong} is another number."
                  "Write them again as a range." ]
        | BufferRole.CausalMask size when wrong >= 0L && hidden >= 0L ->
            let at = max wrong hidden

            [ finding
                  Severity.Fault
                  $"A causal mask hides what is above the diagonal; element [{at / size}, {at % size}] is wrong, whether ones mark what is seen or what is hidden."
                  "Write it again as a triangle." ]
        | _ -> []
