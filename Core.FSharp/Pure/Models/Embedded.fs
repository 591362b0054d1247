namespace Initializers.FSharp

open System

/// JSON that the assembly holds: recipes and models by name.
[<RequireQualifiedAccess>]
module internal Embedded =
    let private assembly = typeof<Rule>.Assembly

    let private ending = ".json"

    /// The names in a folder of the repository, in alphabetical order.
    let names (folder: string) : string list =
        assembly.GetManifestResourceNames()
        |> Seq.filter (fun name -> name.StartsWith($"{folder}/", StringComparison.Ordinal))
        |> Seq.map (fun name -> name.Substring(folder.Length + 1, name.Length - folder.Length - 1 - ending.Length))
        |> Seq.sortWith (fun a b -> String.CompareOrdinal(a, b))
        |> List.ofSeq

    /// The bytes of one of them.
    let find (folder: string) (name: string) : ReadOnlyMemory<byte> option =
        match assembly.GetManifestResourceStream $"{folder}/{name}{ending}" with
        | null -> None
        | stream ->
            use stream = stream
            let bytes = Array.zeroCreate<byte>(int stream.Length)
            stream.ReadExactly(Span bytes)
            Some(ReadOnlyMemory bytes)

    /// The names in a folder with what each file says of itself; nothing else of a file is read.
    let descriptions (folder: string) : (string * string) list =
        [ for name in names folder do
              let described =
                  match find folder name with
                  | None -> Ok ""
                  | Some utf8 ->
                      Json.parse name utf8 (fun root ->
                          match Json.tryFind "description" root with
                          | Some text -> Json.text name "description" text
                          | None -> Ok "")

              name, Result.defaultValue "" described ]
