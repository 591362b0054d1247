namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// The shapes of an EinsumDense layer, from its equation: "abc,cd->abd", or with "..." at the left or at the right of input
/// and output.
[<RequireQualifiedAccess>]
module internal KerasEinsum =
    type private Equation =
        { Input: string
          Weight: string
          Output: string
          IsLeft: bool
          IsRight: bool }

    let private isLetters (text: string) =
        text <> "" && text |> Seq.forall Char.IsAsciiLetter

    let private parse (text: string) : Equation option =
        match text.Replace(" ", "").Split("->") with
        | [| before; output |] ->
            match before.Split ',' with
            | [| input; weight |] ->
                let dots = "..."
                let at (f: string -> bool) = f input && f output

                let found =
                    { Input = input.Replace(dots, "")
                      Weight = weight
                      Output = output.Replace(dots, "")
                      IsLeft = at _.StartsWith(dots, StringComparison.Ordinal)
                      IsRight = at _.EndsWith(dots, StringComparison.Ordinal) }

                let isKnown =
                    [ found.Input; weight; found.Output ] |> List.forall isLetters
                    && weight
                       |> Seq.forall (fun c -> found.Input.Contains c || found.Output.Contains c)

                if isKnown then Some found else None
            | _ -> None
        | _ -> None

    let private equation (layer: KerasLayer) : Equation option =
        let found = parse (layer.Word("equation", ""))

        if found.IsNone then
            layer.Wrong("equation", "expected an equation such as \"abc,cd->abd\" or \"...x,xy->...y\".")

        found

    let private inputSize (layer: KerasLayer) (e: Equation) (letter: char) =
        let index = e.Input.IndexOf letter
        layer.Size(0, (if e.IsLeft then index - e.Input.Length else index))

    /// The size of an axis of the output, whose batch is no part of the layer's "output_shape".
    let private outputSize (layer: KerasLayer) (e: Equation) (letter: char) =
        let given = layer.Shape "output_shape" |> Option.defaultValue []
        let place = e.Output.IndexOf letter - (if e.IsLeft then 0 else 1)

        match
            (if place < 0 then
                 None
             else
                 List.tryItem place given |> Option.flatten)
        with
        | Some size -> size
        | None when e.Input.Contains letter -> inputSize layer e letter
        | None ->
            layer.Wrong("output_shape", "expected a size for each axis that the input lacks.")
            1L

    let private size layer e (letter: char) =
        if e.Output.Contains letter then
            outputSize layer e letter
        else
            inputSize layer e letter

    let kernel (layer: KerasLayer) : int64 list =
        match equation layer with
        | Some e -> e.Weight |> Seq.map (size layer e) |> List.ofSeq
        | None -> []

    /// The axes of the kernel that the output has, and those that are summed over.
    let roles (layer: KerasLayer) : FanAxis list =
        match equation layer with
        | Some e -> [ for letter in e.Weight -> if e.Output.Contains letter then FanAxis.Out else FanAxis.In ]
        | None -> []

    let bias (layer: KerasLayer) : int64 list =
        match equation layer with
        | Some e ->
            let axes = layer.Word("bias_axes", "")

            match e.Output |> Seq.tryFindIndex axes.Contains with
            | Some first when axes |> Seq.forall e.Output.Contains ->
                let elided = if e.IsRight then max 0 (layer.Rank - e.Input.Length) else 0

                [ for letter in e.Output.Substring first ->
                      if axes.Contains letter then
                          outputSize layer e letter
                      else
                          1L ]
                @ List.replicate elided 1L
            | _ ->
                layer.Wrong("bias_axes", "expected letters of the equation's output.")
                []
        | None -> []
