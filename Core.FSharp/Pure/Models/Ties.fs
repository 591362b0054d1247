namespace Initializers.FSharp

open System
open System.Collections.Generic
open System.Text.Json
open Initializers

/// <summary>A tensor that has the elements of another.</summary>
type Tie =
    {
        /// The tensor whose elements it has.
        Target: string
        /// Whether files have both tensors, with equal bytes; otherwise they have the target only.
        IsCopied: bool
    }

/// The ties of a recipe.
type internal Ties =
    {
        /// Globs of names with the names of the tensors whose elements these have. The first that matches a name decides.
        Pairs: (string * string) list
        /// The number of pairs that are the recipe's, before those of its bases.
        Own: int
        /// Whether tied tensors are written, too.
        AreCopied: bool
    }

/// Reads ties, and finds the tensors that they tie.
[<RequireQualifiedAccess>]
module internal Ties =
    let none =
        { Pairs = []
          Own = 0
          AreCopied = false }

    /// The most ties of a file. Each is tried on every tensor.
    [<Literal>]
    let Limit = 256

    let members = [ "tie"; "tied" ]

    /// A target with the captures of a match.
    let private filled
        (captures: Map<string, string>)
        (shape: Shape)
        (target: string)
        : Result<string, InitError list> =
        TensorMatch("", captures, shape, "", Fan.Unknown, None).Fill target
        |> Result.mapError List.singleton

    let private pair source (name: string, value: JsonElement) : Result<string * string, InitError list> =
        let path = Json.memberPath "tie" name
        let pattern = Pattern.Glob name

        let captures = Map.ofList [ for capture in Pattern.names pattern -> capture, "" ]

        validation {
            let! _ = Pattern.capture pattern |> Json.at source path

            and! target =
                Json.text source path value
                |> Result.bind (fun target ->
                    // Names in braces that are no captures of a faulty pattern are not reported again.
                    if (Pattern.capture pattern).IsError then
                        Ok target
                    else
                        filled captures Shape.scalar target |> Result.map (fun _ -> target))
                |> Json.at source path

            return name, target
        }

    let private isCopied source (value: JsonElement) : Result<bool, InitError list> =
        Json.text source "tied" value
        |> Result.bind (function
            | "once" -> Ok false
            | "copy" -> Ok true
            | _ -> Json.field source "tied" "expected \"once\" or \"copy\".")

    /// The members "tie" and "tied" of a file, before the ties of its base.
    let ofFields source (fields: Map<string, JsonElement>) (inherited: Ties) : Result<Ties, InitError list> =
        let twice name =
            InitError.JsonField(source, Json.memberPath "tie" name, "given twice.")

        let pairs =
            fields
            |> Json.optional
                (fun value ->
                    Json.members source "tie" twice value (fun members ->
                        if members.Length > Limit then
                            Json.field source "tie" $"at most {Limit} ties are read."
                        else
                            members |> Validation.traverse (pair source)))
                "tie"

        validation {
            let! pairs = pairs
            and! copied = fields |> Json.optional (isCopied source) "tied"
            let own = Option.defaultValue [] pairs
            let all = own @ inherited.Pairs

            let! () =
                match copied with
                | Some _ when all.IsEmpty ->
                    [ InitError.JsonField(source, "tied", "no tensors are tied; name them under \"tie\".") ]
                | _ -> []

            return
                { Pairs = all
                  Own = own.Length
                  AreCopied = Option.defaultValue inherited.AreCopied copied }
        }

    let private fault kind = InitError.Architecture kind

    let private described (entry: TensorEntry) =
        $"{Storage.toText entry.Storage} {Shape.toText entry.Shape}"

    /// The tensor at the end of the chain that begins with a name, or the names of a circle, the first in order first.
    let private ending (next: Dictionary<string, string>) (name: string) : Result<string, string list> =
        let rec follow (before: string list) (name: string) =
            match next.TryGetValue name with
            | false, _ -> Ok name
            | true, target when List.contains target (name :: before) ->
                let circle = List.rev (name :: before) |> List.skipWhile ((<>) target)

                let first =
                    circle
                    |> List.reduce (fun a b -> if String.CompareOrdinal(a, b) < 0 then a else b)

                let until = circle |> List.takeWhile ((<>) first)
                Error(List.skip until.Length circle @ until @ [ first ])
            | true, target -> follow (name :: before) target

        follow [] name

    /// The tie of each tensor that has one, with its target in place.
    let private edges (ties: Ties) (used: HashSet<int>) (tensors: TensorEntry list) =
        let tieOf (compiled: (string -> Map<string, string> option) list) (entry: TensorEntry) =
            List.zip compiled ties.Pairs
            |> Seq.indexed
            |> Seq.tryPick (fun (index, (captures, (_, target))) ->
                captures entry.Name |> Option.map (fun found -> index, found, target))
            |> Option.map (fun (index, found, target) ->
                used.Add index |> ignore
                filled found entry.Shape target |> Result.map (fun target -> entry, target))

        ties.Pairs
        |> Validation.traverse (fun (pattern, _) -> Pattern.capture (Pattern.Glob pattern))
        |> Result.bind (fun compiled ->
            if compiled.IsEmpty then
                Ok []
            else
                tensors |> List.choose (tieOf compiled) |> Validation.traverse id)

    let private edgeFaults (entries: Dictionary<string, TensorEntry>) (entry: TensorEntry, target: string) =
        match entries.TryGetValue target with
        | false, _ -> [ fault (ArchitectureFault.TieTargetMissing(entry.Name, target)) ]
        | true, other ->
            Validation.check
                (fault (ArchitectureFault.TieMismatch(entry.Name, described entry, target, described other)))
                (entry.Shape = other.Shape && entry.Storage = other.Storage)

    /// Whether a tensor is tied; and the tied tensors, each with the tensor that it has the elements of, which is not tied
    /// itself. A tie of the file's (`isOwn`) that meets no tensor is a fault, as a rule is; one of a recipe serves other
    /// models.
    let resolve (isOwn: bool) (ties: Ties) (tensors: TensorEntry list) =
        let entries = Dictionary<string, TensorEntry>(StringComparer.Ordinal)

        for entry in tensors do
            entries[entry.Name] <- entry

        let used = HashSet<int>()
        let next = Dictionary<string, string>(StringComparer.Ordinal)

        let resolved =
            edges ties used tensors
            |> Result.bind (fun edges ->
                for entry, target in edges do
                    next[entry.Name] <- target

                let ends = edges |> List.map (fun (entry, _) -> entry.Name, ending next entry.Name)

                let circles =
                    ends
                    |> List.choose (fun (_, target) ->
                        match target with
                        | Error circle -> Some circle
                        | Ok _ -> None)
                    |> List.distinct
                    |> List.map (ArchitectureFault.TieCircular >> fault)

                let unused =
                    [ for index, (pattern, _) in List.indexed ties.Pairs do
                          if isOwn && index < ties.Own && not (used.Contains index) then
                              fault (ArchitectureFault.TieUnused pattern) ]

                let tie target =
                    { Target = target
                      IsCopied = ties.AreCopied }

                let found =
                    ends
                    |> List.choose (fun (name, target) ->
                        target |> Result.toOption |> Option.map (fun target -> name, tie target))
                    |> Map.ofList

                Validation.ofFaults (circles @ List.collect (edgeFaults entries) edges @ unused) found)

        (fun (entry: TensorEntry) -> next.ContainsKey entry.Name), resolved
