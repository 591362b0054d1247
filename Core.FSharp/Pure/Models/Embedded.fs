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
