namespace Initializers.Files

open System
open System.Globalization
open Initializers
open Initializers.FSharp

/// The metadata of a safetensors file that say how its tensors were made. Writers write them, readers compare with them; their keys are defined only here.
module internal Provenance =
    let private bits = "bits"
    let private seed = "seed"
    let private stream = "stream"
    // Of one tensor: the group, a colon and the tensor's name.
    let private spec = "spec"
    let private fan = "fan"
    let private ownSeed = "seed"
    let private ownStream = "stream"
    let private streamName = "stream_name"
    let private whole = "shape"
    let private offset = "offset"
    let private tie = "tie"
    let private box = "box"
    /// In place of a spec: the tensor has other elements than were generated.
    let private notGenerated = "none"
    let private key (group: string) (name: string) = $"{group}:{name}"

    let private fanIn, fanOut, layout = "fan_in", "fan_out", "layout"

    let private fanText (where: Fan) =
        match where with
        | Fan.Of(i, o) -> Some $"{fanIn}={Names.number i}, {fanOut}={Names.number o}"
        | Fan.In i -> Some $"{fanIn}={Names.number i}"
        | Fan.Out o -> Some $"{fanOut}={Names.number o}"
        | Fan.From named -> Some $"{layout}={Names.layout named}"
        | Fan.Axes axes -> Some $"{layout}={FanAxes.toText axes}"
        | Fan.Unknown -> None

    let private format = [ "format", "pt"; "generator", "Initializers" ]

    /// What every file of a model holds, and the index of its files.
    let root (root: Seed) =
        [ bits, string Plan.bitsVersion
          yield! format
          seed, string root.Key
          // A model's seed is on stream 0 unless a caller derived it; then the file says so.
          if root.Stream <> 0UL then
              stream, string root.Stream ]

    /// The SHA-256 of a shard's data, in hexadecimal digits.
    let checksum (hash: byte[]) =
        [ "sha256", Convert.ToHexStringLower hash ]

    /// What a model's file holds.
    let model (seed: Seed) (tensors: (string * Spec * Fan) list) =
        [ yield! root seed
          for name, tensorSpec, _ in tensors do
              key spec name, SpecText.toText tensorSpec
          for name, _, where in tensors do
              match fanText where with
              | Some text -> key fan name, text
              | None -> () ]

    /// Whether a key of a file's metadata says how its tensors were made.
    let isOurs (name: string) =
        List.contains name [ bits; seed; stream; "generator"; "sha256" ]
        || [ spec; fan; ownSeed; ownStream; streamName; whole; offset; tie ]
           |> List.exists (fun group -> name.StartsWith(key group "", StringComparison.Ordinal))

    /// Names of tensors, each with the name of the tensor whose elements it has.
    let ties (tied: (string * string) list) =
        [ for name, target in tied -> key tie name, target ]

    /// What a model's file holds of which some tensors have other elements than were generated.
    let changed (seed: Seed) (generated: (string * Spec * Fan) list) (others: string list) =
        if generated.IsEmpty then
            format
        else
            model seed generated @ [ for name in others -> key spec name, notGenerated ]

    /// The same for tensors that are kept as they were; without the keys of safetensors alone.
    let partly (seed: Seed) (generated: (string * Spec * Fan) list) (kept: string list) =
        (model seed generated |> List.filter (fun (name, _) -> name <> "format"))
        @ [ for name in kept -> key spec name, notGenerated ]

    let private streamOf name (seed: Seed) =
        key ownStream name, seed.Stream.ToString "x16"

    let private placeOf name (shape: Shape) (part: TensorPart) =
        [ key whole name, Shape.toText shape
          match part with
          | TensorPart.Slice first -> key offset name, string first
          | TensorPart.Box bounded -> key box name, Box.toText bounded.Box ]

    /// What one tensor's file holds beyond a model's: the stream, and of a part the whole and the place in it.
    let place name (stream: Seed) (named: string option) (part: (Shape * TensorPart) option) =
        [ streamOf name stream
          match named with
          | Some given -> key streamName name, given
          | None -> ()
          match part with
          | Some(shape, part) -> yield! placeOf name shape part
          | None -> () ]

    /// What a file of tensors from memory holds: their origins, where their elements are those of the origin, and each with
    /// the shape that it has in the file. `common` is the key of the file's seed.
    let saved (common: uint64) (tensors: (string * Shape * Origin option) list) =
        let others =
            [ for name, shape, origin in tensors do
                  match origin with
                  | None -> key spec name, notGenerated
                  | Some origin ->
                      if origin.Seed.Key <> common then
                          key ownSeed name, string origin.Seed.Key

                      if Seed.child name (Seed.ofUInt64 origin.Seed.Key) <> origin.Seed then
                          streamOf name origin.Seed

                      match origin.Part with
                      | TensorPart.Slice 0L when origin.Shape = shape -> ()
                      | part -> yield! placeOf name origin.Shape part ]

        match
            tensors
            |> List.choose (fun (name, _, origin) -> origin |> Option.map (fun o -> name, o.Spec, o.Fan))
        with
        | [] -> format
        | generated -> model (Seed.ofUInt64 common) generated @ others

    let private invalid key text expected =
        Error [ InitError.MetadataInvalid(key, text, expected) ]

    let private optional key (read: string -> string -> Result<'a, InitError list>) (all: Map<string, string>) =
        match Map.tryFind key all with
        | Some text -> read key text |> Result.map Some
        | None -> Ok None

    let private needed key (read: string -> string -> Result<'a, InitError list>) (all: Map<string, string>) =
        match Map.tryFind key all with
        | Some text -> read key text
        | None -> Error [ InitError.MetadataMissing [ key ] ]

    let private inTensor name (result: Result<'a, InitError list>) =
        result
        |> Result.mapError (List.map (fun fault -> InitError.InTensor(name, fault)))

    let private word key (text: string) =
        match NumberText.unsigned text with
        | Some n -> Ok n
        | None -> invalid key text "a whole number from 0 to 18446744073709551615"

    let private hexadecimal key (text: string) =
        match NumberText.hexadecimal text with
        | Some n -> Ok n
        | None -> invalid key text "up to 16 hexadecimal digits"

    let private index key (text: string) =
        match NumberText.index text with
        | Some n -> Ok n
        | None -> invalid key text "a whole number, 0 or more"

    let private version key (text: string) =
        match NumberText.index text with
        | Some n when n = int64 Plan.bitsVersion -> Ok()
        | Some n when n > 0L -> Error [ InitError.BitsVersionUnsupported(n, Plan.bitsVersion) ]
        | _ -> invalid key text "a version of the bit contract, a whole number from 1 on"

    /// A fan of a tensor, which without elements may be 0.
    let private (|Number|_|) isEmpty (text: string) =
        match NumberText.real text with
        | Some x when (x > 0.0 || (x = 0.0 && isEmpty)) && Double.IsFinite x -> Some x
        | _ -> None

    let private (|Named|_|) (text: string) =
        Fan.ofLayoutText text |> Result.toOption

    let private fans isEmpty key (text: string) =
        match text.Split ", " |> Array.map (_.Split('=') >> List.ofArray) |> List.ofArray with
        | [ [ i; Number isEmpty x ]; [ o; Number isEmpty y ] ] when i = fanIn && o = fanOut -> Ok(Fan.Of(x, y))
        | [ [ i; Number isEmpty x ] ] when i = fanIn -> Ok(Fan.In x)
        | [ [ o; Number isEmpty y ] ] when o = fanOut -> Ok(Fan.Out y)
        | [ [ l; Named known ] ] when l = layout -> Ok known
        | _ -> invalid key text $"{fanIn}=X, {fanOut}=Y, one of the two, or {layout}=L"

    /// The seed of a tensor. It has the key and the stream that the metadata give the tensor, else the file's key and the
    /// stream of the tensor's name.
    let private seedOf name (file: Seed) all =
        Validation.both (optional (key ownSeed name) word all) (optional (key ownStream name) hexadecimal all)
        |> Result.bind (fun (own, stream) ->
            let root = Seed(Option.defaultValue file.Key own, file.Stream)

            match stream, Map.tryFind (key streamName name) all with
            | None, _ -> Ok(Seed.child (Map.tryFind (key tie name) all |> Option.defaultValue name) root)
            | Some stream, Some named when not (Names.isUnicode named) || (Seed.child named root).Stream <> stream ->
                invalid
                    (key streamName name)
                    named
                    $"the name of the stream {stream:x16}, which is {key ownStream name}"
            | Some stream, _ -> Ok(Seed(root.Key, stream)))

    /// The box of a whole tensor that has the shape of the file's.
    let private boxOf (tensor: TensorHeader) (shape: Shape) (text: string) =
        let name = tensor.Name

        let expected =
            $"a box of {Shape.toText shape} whose shape is {Shape.toText tensor.Shape}"

        match Box.parse text |> Result.bind (Box.within shape) with
        | Ok bounded when bounded.Part = tensor.Shape -> Ok(shape, TensorPart.Box bounded)
        | Ok _ -> invalid (key box name) text expected
        | Error faults -> Error faults |> inTensor name

    /// The shape of the whole tensor and which part of it the file has.
    let private part (tensor: TensorHeader) all =
        let name = tensor.Name

        validation {
            let! shape =
                optional (key whole name) (fun _ text -> Shape.parse text |> inTensor name) all

            and! first = optional (key offset name) index all

            return!
                match shape, first, Map.tryFind (key box name) all with
                | None, None, None -> Ok(tensor.Shape, TensorPart.Slice 0L)
                | None, _, _ -> Error [ InitError.MetadataMissing [ key whole name ] ]
                | Some _, None, None -> Error [ InitError.MetadataMissing [ key offset name ] ]
                | Some _, Some _, Some text -> invalid (key box name) text $"nothing, since there is {key offset name}"
                | Some shape, None, Some text -> boxOf tensor shape text
                | Some shape, Some first, None ->
                    let count = tensor.Shape.Length

                    Validation.ofFaults (Shape.sliceFaults first count shape.Length) (shape, TensorPart.Slice first)
                    |> inTensor name
        }

    let private origin
        (root: Result<Seed, InitError list>)
        all
        (tensor: TensorHeader)
        : Result<Origin option, InitError list> =
        let name = tensor.Name

        // Faults that depend on a seed that cannot be read are not reported.
        let stream =
            match root with
            | Ok root -> seedOf name root all
            | Error _ -> Ok(Seed.ofUInt64 0UL)

        if Map.tryFind (key spec name) all = Some notGenerated then
            Ok None
        else
            validation {
                let! spec =
                    needed (key spec name) (fun _ text -> SpecText.parse text |> inTensor name) all

                and! fan = optional (key fan name) (fans (tensor.Shape.Length = 0L)) all
                and! shape, part = part tensor all
                and! seed = stream

                return
                    Some
                        { Spec = spec
                          Fan = Option.defaultValue Fan.Unknown fan
                          Shape = shape
                          Part = part
                          Seed = seed }
            }

    /// The origin that metadata give a tensor, if it can be read; its seed is not.
    let described (all: Map<string, string>) (tensor: TensorHeader) : Origin option =
        origin (Ok(Seed.ofUInt64 0UL)) all tensor |> Result.toOption |> Option.flatten

    /// Tensors that are described and not there.
    let private absent (tensors: TensorHeader list) (metadata: (string * string) list) =
        let there = tensors |> List.map _.Name |> Set.ofList
        let start = key spec ""

        [ for key, _ in metadata do
              if key.StartsWith(start, StringComparison.Ordinal) then
                  let name = key.Substring start.Length

                  if not (there.Contains name) then
                      InitError.TensorAbsent name ]

    /// The tensors that have the elements of others, with these.
    let tied (metadata: (string * string) list) : (string * string) list =
        let start = key tie ""

        [ for key, target in metadata do
              if key.StartsWith(start, StringComparison.Ordinal) then
                  key.Substring start.Length, target ]

    /// Ties to tensors that are not there, and of tensors that are not made as their targets.
    let private tieFaults (tensors: TensorHeader list) (metadata: (string * string) list) =
        let there = Map.ofList [ for tensor in tensors -> tensor.Name, tensor ]
        let all = Map.ofList metadata

        let made name =
            Map.tryFind (key spec name) all, Map.tryFind (key fan name) all

        [ for name, target in tied metadata do
              match Map.tryFind name there, Map.tryFind target there with
              | None, None -> InitError.TensorAbsent target
              // In another file of the model.
              | Some _, None
              | None, Some _ -> ()
              | Some tensor, Some other ->
                  if
                      tensor.DType <> other.DType
                      || tensor.Shape <> other.Shape
                      || made name <> made target
                  then
                      InitError.MetadataInvalid(
                          key tie name,
                          target,
                          "a tensor of the same dtype, shape, spec and fans"
                      ) ]

    /// What generates a tensor's elements, with the spec.
    let piece (tensor: TensorHeader) (origin: Origin) : Result<Spec * Piece, InitError list> =
        Storage.parse (StoredType.toText tensor.DType)
        |> Result.bind (fun storage ->
            Blueprint.content origin.Spec origin.Fan origin.Shape storage
            |> Option.defaultValue (
                invalid
                    spec
                    (SpecText.toText origin.Spec)
                    $"a spec of whole numbers, for elements of {Storage.toText storage}"
            )
            |> Result.bind (fun content ->
                PartPiece.ofContent content storage origin.Seed origin.Part tensor.Shape.Length
                |> Result.map (fun piece -> origin.Spec, piece)))
        |> Result.mapError (
            List.map (function
                | InitError.FanMissing _ when origin.Fan = Fan.Unknown ->
                    InitError.MetadataMissing [ key fan tensor.Name ]
                | fault -> InitError.InTensor(tensor.Name, fault))
        )

    /// Keys that are missing are one fault.
    let private gathered (faults: InitError list) =
        let missing, others =
            faults
            |> List.partition (function
                | InitError.MetadataMissing _ -> true
                | _ -> false)

        let keys =
            missing
            |> List.collect (function
                | InitError.MetadataMissing keys -> keys
                | _ -> [])

        if keys.IsEmpty then
            others
        else
            InitError.MetadataMissing keys :: others

    /// The file's seed and, in the order of the list, the spec of each tensor and what generates it, None for one that is not
    /// generated; or every fault of the metadata. Metadata of another version of the bit contract are not read any further.
    let read
        (metadata: (string * string) list)
        (tensors: TensorHeader list)
        : Result<Seed * (Spec * Piece) option list, InitError list> =
        let all = Map.ofList metadata

        let ours (name: string, _) =
            name = bits
            || name = seed
            || name.StartsWith(key spec "", StringComparison.Ordinal)

        match needed bits version all with
        | Error [ InitError.BitsVersionUnsupported _ ] as other -> other |> Result.map (fun () -> Seed.ofUInt64 0UL, [])
        | _ when not (List.exists ours metadata) -> Error [ InitError.OriginUnknown ]
        | version ->
            let root =
                validation {
                    let! key = needed seed word all
                    and! stream = optional stream word all
                    return Seed(key, Option.defaultValue 0UL stream)
                }

            let origins =
                tensors
                |> Validation.traverse (fun tensor ->
                    origin root all tensor
                    |> Result.bind (function
                        | Some origin -> piece tensor origin |> Result.map Some
                        | None -> Ok None))

            validation {
                let! () = version
                and! () = absent tensors metadata
                and! () = tieFaults tensors metadata
                and! root = root
                and! origins = origins
                return root, origins
            }
            |> Result.mapError gathered
