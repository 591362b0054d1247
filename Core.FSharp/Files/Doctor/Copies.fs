namespace Initializers.Files

open System
open System.Collections.Generic
open System.Text.RegularExpressions
open Initializers.FSharp

/// A tensor after its pass: what comparisons between tensors read.
type internal Surveyed =
    {
        Survey: Survey
        /// The elements of a row, and the rows that look drawn.
        RowLength: int64
        DrawnRows: int
        /// A hash of all bytes.
        Hash: struct (uint64 * uint64)
        /// The bytes of the file that hold its elements, from the first on up to the last.
        File: string
        First: int64
        Last: int64
    }

    /// Whether two tensors have common bytes of a file, as views of one storage of PyTorch do.
    member a.Shares(b: Surveyed) =
        a.File = b.File && a.First < b.Last && b.First < a.Last

    member this.Name = this.Survey.Header.Name

/// The sketches of all tensors of a file.
type internal SketchLists =
    {
        Rows: List<Sketch>
        Pages: List<Sketch>
        /// Windows of float32 and float64 tensors, and of others.
        Windows: List<Sketch>
        ExactWindows: List<Sketch>
    }

    static member Empty =
        { Rows = List()
          Pages = List()
          Windows = List()
          ExactWindows = List() }

/// Finds equal, scaled and shifted parts of tensors, in about the time of sorting their sketches.
[<RequireQualifiedAccess>]
module internal Copies =
    /// A name with # for each number, equal for the same tensor of several blocks.
    let family (name: string) : string = Regex.Replace(name, "[0-9]+", "#")

    /// Words of tensors that models tie: embeddings and the layers that read them out.
    let private tiedWords =
        [ "emb"; "wte"; "head"; "shared"; "tok"; "vocab"; "decoder.weight"; "output" ]

    let private seemTied (a: string) (b: string) =
        family a <> family b
        && tiedWords
           |> List.exists (fun word ->
               a.Contains(word, StringComparison.OrdinalIgnoreCase)
               || b.Contains(word, StringComparison.OrdinalIgnoreCase))

    let private seedAdvice =
        "Draw each tensor from its own stream, such as a seed for each name."

    let private finding kind severity tensor others message advice p : Finding =
        { Kind = kind
          Severity = severity
          Tensor = tensor
          Others = others
          Message = message
          Advice = advice
          PValue = p }

    /// Pairs of sketches with the same bytes: each later one with the first.
    let private equalPairs (sketches: List<Sketch>) =
        let firsts = Dictionary<struct (uint64 * uint64), Sketch>()
        let unique = ResizeArray<Sketch>()

        let pairs =
            [ for sketch in sketches do
                  match firsts.TryGetValue sketch.Hash with
                  | true, first -> first, sketch
                  | _ ->
                      firsts[sketch.Hash] <- sketch
                      unique.Add sketch ]

        pairs, unique.ToArray()

    let private times count word =
        if count = 1 then $"1 {word}" else $"{count} {word}s"

    let private ratio (a: Sketch) (b: Sketch) =
        Names.number (Math.Round(float b.Unit / float a.Unit, 6))

    /// Every finding, with pairs of tensors named once, by the strongest relation.
    let findings (share: float) (tensors: Surveyed[]) (lists: SketchLists) : Finding list =
        let covered = HashSet<struct (int * int)>()
        let name (i: int) = tensors[i].Name
        let n = float (lists.Rows.Count + 1)

        let wholes =
            [ for _, group in
                  tensors
                  |> Array.indexed
                  |> Array.filter (fun (_, t) -> t.DrawnRows > 0)
                  |> Array.groupBy (fun (_, t) -> t.Survey.Header.DType, t.Survey.Header.Shape.Dims, t.Hash) do
                  if group.Length > 1 then
                      let indices = group |> Array.map fst
                      let names = indices |> Array.map name |> List.ofArray

                      for a in indices do
                          for b in indices do
                              covered.Add(struct (a, b)) |> ignore

                      let first, others = names.Head, names.Tail

                      let list =
                          Names.row ", " (others |> List.map (fun other -> $"'{Names.excerpt other}'"))

                      let isOne =
                          group
                          |> Array.pairwise
                          |> Array.forall (fun ((_, a), (_, b)) -> a.Shares b || seemTied a.Name b.Name)

                      if isOne then
                          finding
                              FindingKind.Tied
                              Severity.Note
                              first
                              others
                              $"It has the bytes of {list}, as tied tensors have."
                              "Nothing, if the model ties them."
                              0.0
                      else
                          finding
                              FindingKind.EqualTensors
                              Severity.Fault
                              first
                              others
                              $"It has the bytes of {list}."
                              seedAdvice
                              0.0 ]

        let byTensors (pairs: (Sketch * Sketch) list) =
            pairs
            |> List.groupBy (fun (a, b) -> struct (min a.Tensor b.Tensor, max a.Tensor b.Tensor))
            |> List.filter (fun (struct (a, b) as key, _) ->
                covered.Add key && (a = b || not (tensors[a].Shares tensors[b])))
            |> List.map snd

        /// A sentence on rows or other parts that two tensors, or one, have in common.
        let sentence (part: string) (one: string, more: string) (group: (Sketch * Sketch) list) =
            let a, b = group.Head
            let verb = if group.Length = 1 then one else more

            if a.Tensor = b.Tensor then
                name a.Tensor,
                [],
                $"{times group.Length part} {verb}: {part} {b.Place} and {part} {a.Place} are the first."
            else
                name b.Tensor,
                [ name a.Tensor ],
                $"{times group.Length part} {verb} of '{Names.excerpt (name a.Tensor)}': {part} {b.Place} and {part} {a.Place} are the first."

        let report kind p (tensor, others, message: string) =
            if p <= share then
                [ finding
                      kind
                      Severity.Fault
                      tensor
                      others
                      (message[0..0].ToUpperInvariant() + message[1..])
                      seedAdvice
                      p ]
            else
                []

        let equal, unique = equalPairs lists.Rows
        let chance = min 1.0 (n * n * Math.ScaleB(1.0, -64))

        let rows =
            byTensors equal
            |> List.collect (fun group ->
                report FindingKind.EqualRows chance (sentence "row" ("equals another", "equal others") group))

        let isExact (s: Sketch) =
            StoredType.bits tensors[s.Tensor].Survey.Header.DType < 32

        let scaledPairs =
            Sketch.pairs 0.0f (unique |> Array.filter isExact)
            @ Sketch.pairs 3.0e-6f (unique |> Array.filter (isExact >> not))

        let scaled =
            byTensors scaledPairs
            |> List.collect (fun group ->
                let a, b = group.Head
                // Six numbers of which one is 1 or -1, each within the tolerance by chance.
                let p = min 1.0 (n * n * 6.0 * 2.0e-27)

                let tensor, others, text =
                    sentence "row" ("is a multiple of another", "are multiples of others") group

                report FindingKind.ScaledRows p (tensor, others, $"{text.TrimEnd '.'}, by the factor {ratio a b}."))

        let pages =
            let equal, _ = equalPairs lists.Pages
            let n = float (lists.Pages.Count + 1)

            byTensors equal
            |> List.collect (fun group ->
                report
                    FindingKind.RepeatedPages
                    (min 1.0 (n * n * Math.ScaleB(1.0, -64)))
                    (sentence "page" ("of 4096 bytes equals another", "of 4096 bytes equal others") group))

        let windows =
            let pairs =
                Sketch.pairs 2.0e-6f (lists.Windows.ToArray())
                @ Sketch.pairs 0.0f (lists.ExactWindows.ToArray())

            let n = float (lists.Windows.Count + lists.ExactWindows.Count + 1)

            byTensors pairs
            |> List.collect (fun group ->
                let a, b = group.Head
                let p = min 1.0 (n * n * 6.0e-35)

                let where =
                    if a.Tensor = b.Tensor then
                        ""
                    else
                        $" of '{Names.excerpt (name a.Tensor)}'"

                let number = times group.Length "place"

                let text =
                    $"elements from {b.Place} on are those from {a.Place} on{where}, times {ratio a b}, at {number}."

                report
                    FindingKind.ShiftedCopy
                    p
                    (name b.Tensor, (if a.Tensor = b.Tensor then [] else [ name a.Tensor ]), text))

        wholes @ rows @ scaled @ pages @ windows
