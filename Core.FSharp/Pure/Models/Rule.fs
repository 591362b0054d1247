namespace Initializers.FSharp

open System
open System.Collections.Generic
open Initializers

type TensorEntry =
    { Name: string
      Shape: Shape
      Storage: Storage }

type Rule =
    { Pattern: Pattern
      Rank: int option
      Storage: Storage option
      Condition: string option
      Spec: Spec
      Fan: Fan
      Source: string option }

[<RequireQualifiedAccess>]
module Rule =
    [<CompiledName "OfGlob">]
    let ofGlob (glob: string) (spec: Spec) : Rule =
        { Pattern = Pattern.Glob glob
          Rank = None
          Storage = None
          Condition = None
          Spec = spec
          Fan = Fan.Unknown
          Source = None }

    [<CompiledName "OfMatch">]
    let ofMatch (glob: string) (spec: TensorMatch -> Result<Spec, InitError list>) : Rule =
        ofGlob glob (Spec.ofMatch $"a function of {glob}" spec)

    [<CompiledName "ToText">]
    let toText (rule: Rule) : string =
        [ Some(Pattern.toText rule.Pattern)
          rule.Rank |> Option.map (fun rank -> $"rank {rank}")
          rule.Storage |> Option.map Storage.toText
          rule.Condition |> Option.map (fun condition -> $"if {condition}") ]
        |> List.choose id
        |> Names.list

type internal CompiledRule =
    { Rule: Rule
      Captures: string -> Map<string, string> option
      Condition: Expression option }

type internal Decision =
    { RuleIndex: int
      Rule: Rule
      Spec: Result<Spec, InitError list> }

/// Numbers of rules by the characters with which names begin or end. Of thousands of rules few share their ends with a name.
[<Sealed>]
type private EndIndex(keyOf: string -> int -> string) =
    /// Characters of a key.
    static let longest = 64
    let byKey = Dictionary<string, ResizeArray<int>>(StringComparer.Ordinal)
    let lengths = SortedSet<int>()

    member _.Add(text: string, rule: int) =
        let length = min longest text.Length
        lengths.Add length |> ignore
        let key = keyOf text length

        match byKey.TryGetValue key with
        | true, rules -> rules.Add rule
        | _ -> byKey[key] <- ResizeArray [ rule ]

    /// Lists of rules that a name may match.
    member _.Of(name: string) : ResizeArray<int> list =
        [ for length in lengths do
              if length <= name.Length then
                  match byKey.TryGetValue(keyOf name length) with
                  | true, rules -> rules
                  | _ -> () ]

[<Sealed>]
type internal RuleFinder private (rules: CompiledRule[]) =
    /// How often patterns are tried for all tensors of a model: half a minute.
    static let most = 20_000_000L

    let exact = Dictionary<string, ResizeArray<int>>(StringComparer.Ordinal)
    let prefixes = EndIndex(fun text length -> text.Substring(0, length))
    let suffixes = EndIndex(fun text length -> text.Substring(text.Length - length))
    let others = ResizeArray<int>()
    let mutable tried = 0L

    do
        rules
        |> Array.iteri (fun index rule ->
            let struct (first, last) = Pattern.ends rule.Rule.Pattern

            match rule.Rule.Pattern with
            | Pattern.Glob glob when glob = first && glob <> "" ->
                match exact.TryGetValue glob with
                | true, same -> same.Add index
                | _ -> exact[glob] <- ResizeArray [ index ]
            | _ when first.Length >= last.Length && first <> "" -> prefixes.Add(first, index)
            | _ when last <> "" -> suffixes.Add(last, index)
            | _ -> others.Add index)

    /// Rules that may match a name, from the first on.
    let candidates (name: string) : int seq =
        let lists =
            [| match exact.TryGetValue name with
               | true, same -> same
               | _ -> ()
               yield! prefixes.Of name
               yield! suffixes.Of name
               others |]

        let next = Array.zeroCreate<int> lists.Length

        Seq.unfold
            (fun () ->
                let mutable first = -1

                for i in 0 .. lists.Length - 1 do
                    if
                        next[i] < lists[i].Count
                        && (first < 0 || lists[i].[next[i]] < lists[first].[next[first]])
                    then
                        first <- i

                if first < 0 then
                    None
                else
                    next[first] <- next[first] + 1
                    Some(lists[first].[next[first] - 1], ()))
            ()

    let holds condition value =
        match condition with
        | None -> true
        | Some c -> c = value

    /// The rule's fans, or where it gives none, those that the tensor's own entry says.
    let fanOf (model: ModelScope) (entry: TensorEntry) (rule: Rule) : Fan =
        match rule.Fan with
        | Fan.Unknown -> model.LayoutOf entry.Name |> Option.defaultValue Fan.Unknown
        | given -> given

    /// The match of a rule, where its pattern, rank, dtype and condition hold.
    let matched
        (model: ModelScope)
        (entry: TensorEntry)
        (rule: CompiledRule)
        : Result<TensorMatch option, InitError list> =
        if holds rule.Rule.Rank entry.Shape.Rank && holds rule.Rule.Storage entry.Storage then
            match rule.Captures entry.Name with
            | None -> Ok None
            | Some captures ->
                let found =
                    TensorMatch(
                        entry.Name,
                        captures,
                        entry.Shape,
                        Storage.toText entry.Storage,
                        fanOf model entry rule.Rule,
                        Some model
                    )

                match rule.Condition with
                | None -> Ok(Some found)
                | Some condition ->
                    Expression.evaluate found.Scope condition
                    |> Result.map (fun value -> if value <> 0.0 then Some found else None)
                    |> Result.mapError List.singleton
        else
            Ok None

    /// Integers and booleans take whole numbers; other rules pass them by.
    let fits (entry: TensorEntry) (spec: Result<Spec, InitError list>) =
        match entry.Storage, spec with
        | (Storage.Float _ | Storage.Float8 _), _
        | _, Error _ -> true
        | Storage.Integer _, Ok spec -> WholeNumbers.accepts spec

    static member Create(rules: Rule list) : Result<RuleFinder, InitError list> =
        let one (rule: Rule) =
            let condition =
                match rule.Condition with
                | None -> Ok None
                | Some text ->
                    ExpressionReader.read text text 1
                    |> Result.map Some
                    |> Result.mapError List.singleton

            Validation.both (Pattern.capture rule.Pattern) condition
            |> Result.map (fun (captures, condition) ->
                { Rule = rule
                  Captures = captures
                  Condition = condition })

        let regexes = rules |> List.filter _.Pattern.IsRegex |> List.length

        Validation.ofFaults
            (Validation.check
                (InitError.Expression(ExpressionFault.RegexesTooMany(regexes, Pattern.RegexLimit)))
                (regexes <= Pattern.RegexLimit))
            ()
        |> Result.bind (fun () -> rules |> Validation.traverse one)
        |> Result.map (fun all -> RuleFinder(Array.ofList all))

    member _.Find (model: ModelScope) (entry: TensorEntry) : Result<Decision option, InitError list> =
        let decided index spec =
            let rule = rules[index].Rule

            Some(
                Ok(
                    Some
                        { RuleIndex = index
                          Rule =
                            { rule with
                                Fan = fanOf model entry rule }
                          Spec = spec }
                )
            )

        let decide index : Result<Decision option, InitError list> option =
            tried <- tried + 1L

            match matched model entry rules[index] with
            | Error faults -> decided index (Error faults)
            | Ok None -> None
            | Ok(Some found) ->
                match Spec.evaluate found rules[index].Rule.Spec with
                | spec when fits entry spec -> decided index spec
                | _ -> None

        if tried > most then
            Error [ InitError.Expression(ExpressionFault.RulesTooMany(rules.Length, most)) ]
        else
            candidates entry.Name |> Seq.tryPick decide |> Option.defaultValue (Ok None)

    member _.Takes(model: ModelScope, index: int, entry: TensorEntry) : bool =
        match matched model entry rules[index] with
        | Ok(Some _) -> true
        | _ -> false
