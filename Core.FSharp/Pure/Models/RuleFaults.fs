namespace Initializers.FSharp

open System.Collections.Generic
open System.Text.RegularExpressions

/// A fault of a model's plan.
[<RequireQualifiedAccess>]
type internal PlanFault =
    /// One that a rule has for a tensor.
    | OfRule of rule: int * tensor: string * fault: InitError
    | OfModel of InitError

/// Joins the faults that a rule has for many tensors.
[<RequireQualifiedAccess>]
module internal RuleFaults =
    let private numbers =
        Regex(@"-?([0-9][0-9.]*(E[-+]?[0-9]+)?|inf)", RegexOptions.NonBacktracking)

    /// What faults with one cause have in common: the column of an expression, or the message without its numbers.
    let rec private cause (fault: InitError) : string =
        match fault with
        | InitError.InPart(part, inner) -> $"part {part}: {cause inner}"
        | InitError.InExpression(text, column, inner) -> $"'{text}', {column}: {InitErrorCode.code inner}"
        | other ->
            let message = numbers.Replace(InitError.message other, "#")
            $"{InitErrorCode.code other}: {message}"

    /// One fault for each cause of each rule, where the first was; `place` names a rule.
    let joined (place: int -> string) (faults: PlanFault list) : InitError list =
        // Faults of one tensor stay apart, also those that differ in numbers alone.
        let times = Dictionary<struct (int * string * string), int>()
        let groups = Dictionary<struct (int * string * int), int>()
        let found = ResizeArray<struct (PlanFault * ResizeArray<string>)>()

        for fault in List.distinct faults do
            match fault with
            | PlanFault.OfModel _ -> found.Add(struct (fault, ResizeArray()))
            | PlanFault.OfRule(rule, tensor, inner) ->
                let cause = cause inner

                let before =
                    match times.TryGetValue(struct (rule, tensor, cause)) with
                    | true, count -> count
                    | _ -> 0

                times[struct (rule, tensor, cause)] <- before + 1

                match groups.TryGetValue(struct (rule, cause, before)) with
                | true, group ->
                    let struct (_, tensors) = found[group]
                    tensors.Add tensor
                | _ ->
                    groups[struct (rule, cause, before)] <- found.Count
                    found.Add(struct (fault, ResizeArray [ tensor ]))

        [ for struct (fault, tensors) in found do
              match fault with
              | PlanFault.OfModel fault -> fault
              | PlanFault.OfRule(rule, _, fault) -> InitError.InRule(place rule, List.ofSeq tensors, fault) ]
