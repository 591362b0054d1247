namespace Initializers.Files

open System
open System.IO
open Initializers.FSharp

/// Files that list a model's tensors: blueprints and architectures in JSON, and safetensors files, of which the header
/// alone is read.
module internal BlueprintFile =
    /// The longest JSON that is read, which is also the longest header of a safetensors file.
    let private longest = 100_000_000

    /// A length of at most 100,000,000 leaves the last four of its eight bytes 0, and JSON has no byte that is 0. A file
    /// that is too short or begins otherwise is taken at its name.
    let private isSafetensors (source: string) (start: byte[]) =
        source.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        || (start.Length >= 8
            && Array.forall ((=) 0uy) start[4..7]
            && (FileKinds.ofStart start).IsNone)

    /// A header from its first eight bytes on, of a file of which more bytes have been read.
    let private header (start: byte[]) (stream: Stream) =
        let length = min 8 start.Length

        if stream.CanSeek then
            stream.Position <- stream.Position - int64 (start.Length - length)
            SafetensorsReader.following start[.. length - 1] stream
        else
            SafetensorsReader.following start[.. length - 1] (new PrefixedStream(start[length..], stream))

    /// The tensors of a header, in the order of their data.
    let private entries source (header: FileHeader) : Result<TensorEntry list, InitError list> =
        let entry (tensor: TensorHeader) =
            Storage.parse (StoredType.toText tensor.DType)
            |> Result.map (fun storage ->
                { Name = tensor.Name
                  Shape = tensor.Shape
                  Storage = storage })
            |> Result.mapError (List.map (fun fault -> InitError.InTensor(tensor.Name, fault)))

        header.Tensors
        |> List.sortBy (fun t -> struct (t.Offset, t.Bytes))
        |> Validation.traverse entry
        |> Result.bind (fun tensors ->
            Validation.ofFaults (Validation.check (InitError.TensorsMissing source) (not tensors.IsEmpty)) tensors)

    /// The bytes of JSON of which some have been read.
    let private whole source (start: byte[]) (stream: Stream) : Result<ReadOnlyMemory<byte>, InitError list> =
        let tooLong =
            Error [ InitError.FileUnreadable(source, $"it is longer than {longest} bytes, and no safetensors file.") ]

        match HeaderBytes.left stream with
        | Some left when left > int64 (longest - start.Length) -> tooLong
        | _ ->
            let rest = HeaderBytes.read stream (longest + 1 - start.Length)

            if start.Length + rest.Length > longest then
                tooLong
            else
                Ok(ReadOnlyMemory(Array.append start rest))

    /// Whether a file that is no JSON was not meant to be any.
    let private isBinary (start: byte[]) =
        match
            start
            |> Array.tryFind (fun b -> not (List.contains b [ 0x20uy; 9uy; 10uy; 13uy; 0xEFuy; 0xBBuy; 0xBFuy ]))
        with
        | Some first -> first <> byte '{' && first <> byte '['
        | None -> false

    /// What a stream holds, which need not be able to seek.
    let ofStream recipe named (source: string) (stream: Stream) : Result<Blueprint, InitError list> =
        let start = HeaderBytes.read stream FileKinds.StartLength

        if isSafetensors source start then
            header start stream
            |> Result.mapError (List.map (fun fault -> InitError.InFile(source, fault)))
            |> Result.bind (entries source)
            |> Result.map (fun tensors ->
                { Source = source
                  Tensors = tensors
                  Elsewhere = Ok []
                  Rules = RuleSource.NoRules })
        else
            match FileKinds.ofStart start with
            | Some kind -> Error [ InitError.NotArchitecture(source, kind) ]
            | None ->
                match
                    whole source start stream
                    |> Result.bind (Blueprint.parseWith recipe named source),
                    FileKinds.ofName source
                with
                | Error [ InitError.JsonSyntax _ ], Some kind when isBinary start ->
                    Error [ InitError.NotArchitecture(source, kind) ]
                | read, _ -> read

    let private ofFile recipe named (path: string) : Result<Blueprint, InitError list> =
        InputFile.opened path (ofStream recipe named path)

    /// A path that a file names, relative to its folder.
    let private relativeTo (path: string) (name: string) =
        match Path.GetDirectoryName path with
        | NonNull folder -> Path.Combine(folder, name)
        | _ -> name

    /// A recipe by its name, or from a file, on the way from those files whose bases lead to it. `read` hears of every file.
    let rec private recipeFrom (read: string -> unit) (before: string list) (path: string) (name: string) =
        let file = relativeTo path name
        let isFile = name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)

        match Recipe.find name with
        | Ok recipe -> Ok recipe
        | Error _ when List.contains file before ->
            Error [ InitError.Expression(ExpressionFault.BaseRecursive(List.rev (file :: before))) ]
        | Error _ when isFile || File.Exists file ->
            read file

            InputFile.opened file (fun stream ->
                whole file [||] stream
                |> Result.bind (Recipe.parseWith (recipeFrom read (file :: before) file) file))
        | Error faults -> Error faults

    /// A recipe by its name or its file, with the files that were read.
    let recipe (name: string) : Result<Recipe, InitError list> * string list =
        let files = ResizeArray<string>()
        recipeFrom files.Add [] "" name, List.ofSeq files

    /// A file names no other here.
    let private alone path _ =
        Error
            [ InitError.JsonField(path, "tensors", "expected an object, {…}; a file that another names lists its own.") ]

    /// The model's tensors in the other shards of a file that is one of several.
    let private withOthers (path: string) (blueprint: Blueprint) : Blueprint =
        match Shards.others path with
        | None -> blueprint
        | Some shards ->
            let names other =
                ofFile Recipe.find (alone other) other
                |> Result.map (fun b -> b.Tensors |> List.map _.Name)

            { blueprint with
                Elsewhere = Shards.names names path shards }

    /// The tensors of a file that another names, which names none itself.
    let private tensors path =
        ofFile Recipe.find (alone path) path
        |> Result.map (withOthers path >> fun b -> b.Tensors, b.Elsewhere)

    /// A blueprint, or tensors alone, and the paths of all files that were read. Names in a blueprint are relative to
    /// its folder.
    let load (path: string) : Result<Blueprint, InitError list> * string list =
        let files = ResizeArray<string>()

        let sibling (name: string) =
            let file = relativeTo path name
            files.Add file
            file

        // The name of a model of the library, unless it is that of a file, too.
        if List.contains path Blueprint.models && not (File.Exists path) then
            Blueprint.ofModel path, []
        elif path <> "" && path.IndexOfAny [| '.'; '/'; '\\' |] < 0 && not (Path.Exists path) then
            Error [ InitError.Expression(ExpressionFault.ModelUnknown(path, Blueprint.models)) ], []
        else
            files.Add path

            let blueprint =
                ofFile (recipeFrom files.Add [] path) (sibling >> tensors) path
                |> Result.map (withOthers path)

            blueprint, List.ofSeq files
