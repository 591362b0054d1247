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

    /// The tensors of a header, of which there is at least one.
    let private entries source (header: FileHeader) : Result<TensorEntry list, InitError list> =
        Shards.entries header
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

    let private isOnnx (source: string) (start: byte[]) =
        OnnxReader.isName source || FileKinds.ofStart start = Some FileKinds.Onnx

    /// The float initializers of a graph, of a file of which some bytes have been read.
    let private onnx source (start: byte[]) (stream: Stream) : Result<Blueprint, InitError list> =
        if stream.CanSeek then
            stream.Position <- stream.Position - start.LongLength

        OnnxReader.parts source stream
        |> Result.bind (OnnxReader.entries source)
        |> Result.map (fun tensors ->
            { Source = source
              Tensors = tensors
              Layouts = Map.empty
              Elsewhere = Ok []
              Rules = RuleSource.NoRules })

    /// What a stream holds, which need not be able to seek.
    let ofStream (files: OtherFiles) (source: string) (stream: Stream) : Result<Blueprint, InitError list> =
        let start = HeaderBytes.read stream FileKinds.StartLength

        if isSafetensors source start then
            header start stream
            |> Result.mapError (List.map (fun fault -> InitError.InFile(source, fault)))
            |> Result.bind (entries source)
            |> Result.map (fun tensors ->
                { Source = source
                  Tensors = tensors
                  Layouts = Map.empty
                  Elsewhere = Ok []
                  Rules = RuleSource.NoRules })
        elif isOnnx source start then
            onnx source start stream
        else
            match FileKinds.ofStart start with
            | Some kind -> Error [ InitError.Architecture(ArchitectureFault.NotArchitecture(source, kind)) ]
            | None ->
                match
                    whole source start stream |> Result.bind (Blueprint.parseWith files source), FileKinds.ofName source
                with
                | Error [ InitError.JsonSyntax _ ], Some kind when isBinary start ->
                    Error [ InitError.Architecture(ArchitectureFault.NotArchitecture(source, kind)) ]
                | read, _ -> read

    let private ofFile (files: OtherFiles) (path: string) : Result<Blueprint, InitError list> =
        InputFile.opened path (ofStream files path)

    /// A recipe by its name, or from a file, on the way from those files whose bases lead to it. `read` hears of every file.
    let rec private recipeFrom (read: string -> unit) (before: string list) (path: string) (name: string) =
        let file = Shards.relativeTo path name
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

    /// A file or a folder with a model's tensors. `read` hears of every file, and `filesOf` says what a file may name.
    let private ofPath (read: string -> unit) (filesOf: string -> OtherFiles) (path: string) =
        let ofFile (path: string) =
            read path

            ofFile (filesOf path) path
            |> Result.map (fun blueprint ->
                match Shards.series path with
                | None -> blueprint
                // The model's tensors in the other shards of a file that is one of several.
                | Some series ->
                    { blueprint with
                        Layouts = Map.empty
                        Elsewhere = Shards.names path series })

        if path <> "" && Names.isUnicode path && Directory.Exists path then
            ModelFolder.find path
            |> Result.bind (function
                | ModelFolder.Model.File file -> ofFile file
                | ModelFolder.Model.Series series ->
                    Shards.ofSeries read path series
                    |> Result.map (fun tensors ->
                        { Source = path
                          Tensors = tensors
                          Layouts = Map.empty
                          Elsewhere = Ok []
                          Rules = RuleSource.NoRules }))
        else
            ofFile path

    /// The tensors of a file that another names, which names none itself, but for its shards.
    let private tensors (read: string -> unit) path =
        let alone path : OtherFiles =
            { Recipe = Recipe.find
              Tensors =
                fun _ -> Json.field path "tensors" "expected an object, {…}; a file that another names lists its own."
              Shards = Shards.ofIndex read path }

        ofPath read alone path |> Result.map (fun b -> b.Tensors, b.Elsewhere)

    /// A blueprint, or tensors alone, and the paths of all files that were read. Names in a blueprint are relative to
    /// its folder.
    let load (path: string) : Result<Blueprint, InitError list> * string list =
        let files = ResizeArray<string>()

        let filesOf path : OtherFiles =
            { Recipe = recipeFrom files.Add [] path
              // An empty name would be that of the blueprint's folder.
              Tensors =
                fun name ->
                    if name = "" then
                        Error [ InitError.FileMissing name ]
                    else
                        tensors files.Add (Shards.relativeTo path name)
              Shards = Shards.ofIndex files.Add path }

        // The name of a model of the library, unless it is that of a file, too.
        if List.contains path Blueprint.models && not (File.Exists path) then
            Blueprint.ofModel path, []
        elif path <> "" && path.IndexOfAny [| '.'; '/'; '\\' |] < 0 && not (Path.Exists path) then
            Error [ InitError.Expression(ExpressionFault.ModelUnknown(path, Blueprint.models)) ], []
        else
            let blueprint = ofPath files.Add filesOf path
            blueprint, List.ofSeq files
