namespace Initializers.Files

open System
open System.Globalization
open System.IO
open Initializers.FSharp

/// The files of a model that is kept in several, named as Hugging Face names them: model-00001-of-00002.safetensors, with
/// model.safetensors.index.json, which says which file holds which tensor.
module internal Shards =
    type Others =
        {
            /// The paths of the model's other shards, in order.
            Paths: string seq
            /// The path of the index.
            Index: string
        }

    let private suffix = ".safetensors"

    /// The number at the end of a text after a separator, its digits, and what is before.
    let private trailing (separator: string) (text: string) =
        match text.LastIndexOf(separator, StringComparison.Ordinal) with
        | -1 -> None
        | at ->
            let digits = text.Substring(at + separator.Length)

            match NumberText.index digits with
            | Some number when number <= int64 Int32.MaxValue -> Some(text.Substring(0, at), int number, digits.Length)
            | _ -> None

    /// The model's other files, where the name is that of one shard of several.
    let others (path: string) : Others option =
        if not (path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) then
            None
        else
            trailing "-of-" (path.Substring(0, path.Length - suffix.Length))
            |> Option.bind (fun (before, count, digits) ->
                trailing "-" before
                |> Option.bind (fun (model, number, width) ->
                    if number < 1 || number > count || count < 2 then
                        None
                    else
                        let ending = path.Substring(path.Length - suffix.Length)

                        let name (i: int) =
                            let shard = i.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0')
                            let all = count.ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0')
                            $"{model}-{shard}-of-{all}{ending}"

                        Some
                            { Paths = Seq.init count ((+) 1) |> Seq.filter ((<>) number) |> Seq.map name
                              Index = $"{model}{ending}.index.json" }))

    /// The longest index that is read, in bytes.
    let private longest = 100_000_000

    /// The names of the tensors in an index.
    let private indexed (path: string) : Result<string list, InitError list> =
        InputFile.opened path (fun stream ->
            let bytes = HeaderBytes.read stream (longest + 1)

            if bytes.Length > longest then
                Error [ InitError.FileUnreadable(path, $"it is longer than {longest} bytes.") ]
            else
                Json.parse path (ReadOnlyMemory bytes) (fun root ->
                    match Json.tryFind "weight_map" root with
                    | Some map -> Json.members path "weight_map" InitError.TensorDuplicate map (List.map fst >> Ok)
                    | None -> Json.field path "the file" "the field \"weight_map\" is missing."))

    /// The names of the tensors in a shard's siblings, from the index or from their headers.
    let names (namesOf: string -> Result<string list, InitError list>) (path: string) (others: Others) =
        match indexed others.Index, others.Paths |> Seq.tryFind (File.Exists >> not) with
        | Ok names, _ -> Ok names
        | Error _, None ->
            others.Paths
            |> List.ofSeq
            |> Validation.traverse namesOf
            |> Result.map List.concat
        | Error [ InitError.FileMissing _ ], Some absent ->
            let name (file: string) = Path.GetFileName file |> string
            Error [ InitError.ShardAlone(path, name absent, name others.Index) ]
        | Error faults, Some _ -> Error faults
