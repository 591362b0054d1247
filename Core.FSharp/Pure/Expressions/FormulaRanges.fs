namespace Initializers.FSharp

open System
open System.Collections.Generic

/// A part of a formula that leaves one number, and what it depends on.
[<Struct>]
type internal FormulaRange =
    {
        First: int
        Last: int
        /// The only axis whose index it reads; -1 where it reads no index, -2 where it reads several.
        Axis: int
    }

/// Finds the parts of a formula that many elements share.
[<RequireQualifiedAccess>]
module internal FormulaRanges =
    [<Literal>]
    let NoAxis = -1

    [<Literal>]
    let SeveralAxes = -2

    let private joined a b =
        if a = NoAxis || a = b then b
        elif b = NoAxis then a
        else SeveralAxes

    /// The longest parts that read one index, and those inside and outside of them that read none; a part before the parts
    /// inside it. Steps of an operand lie side by side, so one pass with a stack of parts finds them; the alternatives of a choice
    /// meet where its last jump leads.
    let shared (steps: Step[]) : FormulaRange list =
        let values = Stack<FormulaRange>()
        let choices = Stack<struct (FormulaRange * int)>()
        let found = ResizeArray<FormulaRange>()

        let combine (parts: FormulaRange list) last =
            let axis = (NoAxis, parts) ||> List.fold (fun axis part -> joined axis part.Axis)

            found.AddRange(parts |> List.filter (fun part -> part.Axis <> axis && part.Axis <> SeveralAxes))

            values.Push
                { First = (List.head parts).First
                  Last = last
                  Axis = axis }

        let rec meet step =
            match choices.TryPeek() with
            | true, struct (condition, target) when target = step ->
                choices.Pop() |> ignore
                let otherwise = values.Pop()
                let chosen = values.Pop()
                combine [ condition; chosen; otherwise ] step
                meet step
            | _ -> ()

        for step in 0 .. steps.Length - 1 do
            meet step

            let leaf axis =
                values.Push
                    { First = step
                      Last = step + 1
                      Axis = axis }

            match steps[step] with
            | Step.Number _
            | Step.Name _
            | Step.Ask _ -> leaf NoAxis
            | Step.Index axis -> leaf axis
            | Step.Apply(_, count) ->
                let mutable parts = []

                for _ in 1..count do
                    parts <- values.Pop() :: parts

                combine parts (step + 1)
            | Step.JumpIfZero _ -> ()
            | Step.Jump target ->
                let chosen = values.Pop()
                let condition = values.Pop()
                values.Push chosen
                choices.Push(struct (condition, target))

        meet steps.Length

        match values.TryPop() with
        | true, whole when whole.Axis <> SeveralAxes -> found.Add whole
        | _ -> ()

        found |> Seq.sortBy (fun part -> struct (part.First, -part.Last)) |> List.ofSeq
