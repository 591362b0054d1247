namespace Initializers.FSharp

open System
open Initializers
open Initializers.FSharp.TensorNames

type internal ModelScope =
    { Ask: Question -> string list -> float -> Result<float, InitError>
      Defined: string list
      Let: string -> Result<float, InitError>
      LayoutOf: string -> Fan option }

[<Sealed>]
type TensorMatch
    internal
    (name: string, captures: Map<string, string>, shape: Shape, storage: string, fan: Fan, model: ModelScope option) =
    let fault reason = Error(InitError.Expression reason)

    let known () =
        [ yield! captures |> Map.keys
          match model with
          | Some m -> yield! m.Defined
          | None -> ()
          yield! tensorNames
          yield! List.init (min 10 shape.Rank) (fun axis -> $"d{axis}") ]

    let fanOf mode =
        Fan.denominator mode shape fan |> Result.mapError List.head

    let ofTensor (name: string) =
        match name with
        | "fan_in" -> fanOf FanMode.FanIn
        | "fan_out" -> fanOf FanMode.FanOut
        | "rank" -> Ok(float shape.Rank)
        | "size" -> Ok(float shape.Length)
        | Numbered('d', axis) when axis < shape.Rank -> Ok(float (List.item axis shape.Dims))
        | _ -> fault (ExpressionFault.NameUnknown(name, known ()))

    let value (name: string) =
        match Map.tryFind name captures, model with
        | Some text, _ ->
            match NumberText.index text with
            | Some n -> Ok(float n)
            | None -> fault (ExpressionFault.CaptureNotNumber(name, text))
        | None, Some m when List.contains name m.Defined -> m.Let name
        | None, _ -> ofTensor name

    /// A name with its captures in place of their names in braces.
    let rec filled (text: string) (from: int) : Result<string, InitError> =
        match text.IndexOf('{', min from text.Length) with
        | -1 -> Ok text
        | opening ->
            match text.IndexOf('}', opening) with
            | -1 -> Ok text
            | closing ->
                let capture = text.Substring(opening + 1, closing - opening - 1).TrimEnd '*'

                match Map.tryFind capture captures with
                | Some part ->
                    let before = text.Substring(0, opening) + part
                    filled (before + text.Substring(closing + 1)) before.Length
                | None -> fault (ExpressionFault.NameUnknown(capture, List.ofSeq (Map.keys captures)))

    let ask question (texts: string list) axis =
        match model, question, texts with
        | None, _, _ -> fault (ExpressionFault.ModelMissing(Question.name question))
        // A pattern's captures are its own.
        | Some m, (Question.Count | Question.Blocks | Question.Any), _ -> m.Ask question texts axis
        | Some m, _, name :: others -> filled name 0 |> Result.bind (fun name -> m.Ask question (name :: others) axis)
        | Some m, _, [] -> m.Ask question [] axis

    let scope: Scope = { Value = value; Ask = ask }

    member _.Name = name
    member _.Captures = captures
    member _.Shape = shape
    member _.Storage = storage
    member _.Fan = fan
    member _.Fill(text: string) = filled text 0
    member _.Scope = scope

    member _.Evaluate(expression: string) : Result<float, InitError list> =
        ExpressionReader.read expression expression 1
        |> Result.bind (Expression.evaluate scope)
        |> Result.mapError List.singleton

type internal KnownNames = { Names: string list; HasModel: bool }

[<RequireQualifiedAccess>]
module internal KnownNames =
    let ofTensor = { Names = []; HasModel = false }

    let private constants = [ "pi"; "inf" ]

    let private isOfTensor (name: string) =
        match name with
        | Numbered('d', _) -> true
        | _ -> List.contains name tensorNames

    let isFree (name: string) =
        name <> ""
        && Char.IsAsciiLetter name[0]
        && name |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '_')
        && not (List.contains name tensorNames)
        && not (List.contains name (constants @ ExpressionReader.functionNames))
        && match name with
           | Numbered _ -> false
           | _ -> true

    let isKnown (known: KnownNames) (name: string) =
        List.contains name known.Names
        || List.contains name constants
        || isOfTensor name

    let faults (known: KnownNames) (expression: Expression) : InitError list =
        let wrong step reason =
            Some(expression.Fault(step, InitError.Expression reason))

        expression.Steps
        |> Array.indexed
        |> Array.choose (fun (index, step) ->
            match step with
            | Step.Name name when not (isKnown known name) ->
                wrong index (ExpressionFault.NameUnknown(name, known.Names @ tensorNames @ [ "d0"; "d1" ]))
            | Step.Ask(question, _, _) when not known.HasModel ->
                wrong index (ExpressionFault.ModelMissing(Question.name question))
            | _ -> None)
        |> List.ofArray
