/// Tensors in memory saved as files, which verify as long as nobody changed them.
module Initializers.Properties.SavedTensorTests

open System
open System.IO
open System.Threading
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let silent (_: int64) (_: int64) = ()

let inFolder (work: string -> 'a) : 'a =
    let folder = Directory.CreateTempSubdirectory "initializers-"

    try
        work folder.FullName
    finally
        folder.Delete true

let saveWith progress (named: (string * Tensor) list) : byte[] =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "w.safetensors")
        ok (Output.tensors path false named progress CancellationToken.None)
        Assert.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder)
        File.ReadAllBytes path)

let save = saveWith silent

let verify (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    Verification.ofStream "w.safetensors" stream Device.Cpu silent CancellationToken.None

let private headerOf (bytes: byte[]) =
    use stream = new MemoryStream(bytes)
    ok (SafetensorsReader.header stream)

let private metadataOf bytes = Map.ofList (headerOf bytes).Metadata

/// Whether the file has the bytes of the tensors' memory.
let holds (named: (string * Tensor) list) (bytes: byte[]) =
    let header = headerOf bytes

    header.Tensors.Length = named.Length
    && named
       |> List.forall (fun (name, tensor) ->
           let entry = header.Tensors |> List.find (fun t -> t.Name = name)
           let start = int (header.DataStart + entry.Offset)

           entry.Shape.Dims = List.ofSeq tensor.Shape
           && bytes.AsSpan(start, int entry.Bytes).SequenceEqual(ReadOnlySpan(tensor.ToArray<byte>())))

let private target dtype = { Target.cpu with DType = dtype }

let private made (r: Request) =
    ok (Initialize.tensor (target r.DType) r.Shape r.Fan r.Seed r.Spec)

let seed = Seed.ofUInt64 42UL

let tensor spec dims name =
    ok (Initialize.tensor Target.cpu (shapeOf dims) (Fan.In 7.0) (Seed.child name seed) spec)

let names (tensors: VerifiedTensor list) = tensors |> List.map _.Header.Name

/// Verified equal, all of it.
let isEqual (named: (string * Tensor) list) =
    let bytes = save named
    let file = ok (verify bytes)
    ok (Verification.equal file)
    holds named bytes && file.Tensors |> List.forall _.Spec.IsSome

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 150)>]
let ``any tensors of any seeds that were made in memory verify``
    (a: Request)
    (b: Request)
    (c: Request)
    (StreamName name)
    =
    use first = made a
    use second = made b
    use third = made { c with Seed = Seed.child name c.Seed }
    // The stream of its name is not written.
    isEqual [ name, third; name + "a", first; name + ":b", second ]

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 150)>]
let ``any slice that was made in memory verifies`` (part: Part) =
    let r = part.Of

    use slice =
        ok (Initialize.slice part.Offset part.Count (target r.DType) r.Shape r.Fan r.Seed r.Spec)

    isEqual [ "part", slice ]

[<Property(MaxTest = 150)>]
let ``any composite tensors of a list verify`` () =
    Prop.forAll (Arb.fromGen (Gen.listOfLength 3 (CompositeGenerators.composite 2))) (fun specs ->
        let requests: TensorRequest list =
            specs
            |> List.mapi (fun i (spec, dims) ->
                { Name = $"t{i}"
                  Spec = spec
                  Dims = dims
                  Fan = Fan.Of(3.0, 5.0) })

        match Initialize.tensors Target.cpu seed requests with
        | Error _ -> true
        | Ok tensors ->
            let named = List.zip (requests |> List.map _.Name) tensors
            let metadata = metadataOf (save named)
            let equal = isEqual named && not (metadata.ContainsKey "stream:t0")
            tensors |> List.iter _.Dispose()
            equal)

[<Property(Arbitrary = [| typeof<Generators> |], MaxTest = 200)>]
let ``a changed element takes the origin of its tensor, and of no other`` (r: Request) (at: uint32) (by: byte) =
    use changed = made r
    use other = made r

    if r.Shape.Length > 0L then
        let bytes = changed.AsSpan<byte>()
        let at = int (at % uint32 bytes.Length)
        bytes[at] <- bytes[at] ^^^ (if by = 0uy then 1uy else by)

    let named = [ "changed", changed; "other", other ]
    let bytes = save named
    let file = ok (verify bytes)
    let expected = if r.Shape.Length > 0L then [ "changed" ] else []

    holds named bytes
    && file.Different = []
    && names file.NotGenerated = expected
    && codes (Verification.equal file) = []

[<Fact>]
let ``a file whose metadata call every tensor not generated has nothing to compare`` () =
    use b = tensor Spec.zeros [ 30L ] "b"
    let text = System.Text.Encoding.Latin1
    let saved = text.GetString(save [ "b", b ])
    let edited = saved.Replace("\"spec:b\":\"zeros\"", "\"spec:b\":\"none\" ")
    Assert.NotEqual<string>(saved, edited)
    let file = ok (verify (text.GetBytes edited))
    Assert.Equal<string list>([ "b" ], names file.NotGenerated)
    Assert.Equal<string list>([ "origin-unknown" ], codes (Verification.equal file))

[<Fact>]
let ``a trained model is saved as it is, without seed and spec`` () =
    use w = tensor Spec.heNormal [ 30L; 40L ] "w"
    use b = tensor Spec.zeros [ 30L ] "b"
    let named = [ "w", w; "b", b ]
    w.AsSpan<float32>()[1199] <- 1f
    b.AsSpan<float32>().Fill 0.5f
    let bytes = save named
    Assert.True(holds named bytes)

    Assert.Equal<(string * string) list>(
        [ "format", "pt"; "generator", "Initializers" ],
        (headerOf bytes).Metadata |> List.sort
    )

    Assert.Equal<string list>([ "origin-unknown" ], codes (verify bytes))
    // A value that is written back is the value that was made.
    b.AsSpan<float32>().Clear()
    Assert.Equal<string list>([ "w" ], names (ok (verify (save named))).NotGenerated)

[<Fact>]
let ``metadata name the key of most tensors, and streams and keys where they are others`` () =
    let at (seed: Seed) =
        ok (Initialize.tensor Target.cpu (shapeOf [ 5L ]) Fan.Unknown seed (Spec.normal 0.0 1.0))

    use a = at (Seed.child "a" seed)
    use b = at (Seed(43UL, 7UL))
    use c = at (Seed.child "x" seed)
    use d = at (Seed.child "d" (Seed.ofUInt64 UInt64.MaxValue))
    let bytes = save [ "b", b; "a", a; "c", c; "d", d ]
    let metadata = metadataOf bytes

    let expected =
        [ "seed", Some "42"
          "stream", None
          "seed:a", None
          "stream:a", None
          "seed:b", Some "43"
          "stream:b", Some "0000000000000007"
          "seed:c", None
          "stream:c", Some((Seed.child "x" seed).Stream.ToString "x16")
          "seed:d", Some "18446744073709551615"
          "stream:d", None
          "shape:a", None
          "offset:a", None ]

    Assert.Equal<(string * string option) list>(
        expected,
        expected |> List.map (fun (key, _) -> key, metadata.TryFind key)
    )

    let file = ok (verify bytes)
    ok (Verification.equal file)
    Assert.Equal<Seed>(seed, file.Seed)

[<Fact>]
let ``wider dtypes come first, otherwise the order of the list`` () =
    let at dtype =
        ok (Initialize.tensor (target dtype) (shapeOf [ 3L ]) Fan.Unknown seed (Spec.normal 0.0 1.0))

    use half = at DType.Float16
    use single = at DType.Float32
    use brain = at DType.BFloat16
    use double = at DType.Float64
    let named = [ "h", half; "s", single; "b", brain; "s2", single; "d", double ]
    let bytes = save named
    // One tensor under two names is stored twice.
    Assert.True(holds named bytes)
    Assert.Equal<string list>([ "d"; "s"; "s2"; "h"; "b" ], names (ok (verify bytes)).Tensors)

[<Fact>]
let ``what has no text is saved without an origin`` () =
    use own = tensor (Spec.quantile "own" (fun p -> p - 0.5)) [ 9L ] "own"
    // Its text would be longer than other programs take.
    use long =
        tensor (Spec.literal [ 60_000L ] (List.init 60_000 (fun i -> float i + 1.0 / 3.0))) [ 60_000L ] "long"

    use some = tensor Spec.heNormal [ 9L ] "some"
    let named = [ "own", own; "long", long; "some", some ]
    let bytes = save named
    let metadata = metadataOf bytes
    Assert.True(holds named bytes)
    Assert.Equal(Some "none", metadata.TryFind "spec:own")
    Assert.Equal(Some "none", metadata.TryFind "spec:long")
    Assert.Equal<string list>([ "own"; "long" ], names (ok (verify bytes)).NotGenerated)

[<Fact>]
let ``specs with expressions are saved with numbers, and fans that nobody reads do no harm`` () =
    use computed =
        tensor (ok (Spec.parse "normal(stddev=sqrt(2/fan_in))")) [ 9L; 7L ] "computed"

    let fan = Fan.From Layout.OutInSpatial

    use unread =
        ok (Initialize.tensor Target.cpu (shapeOf [ 9L ]) fan seed (Spec.normal 0.0 1.0))

    Assert.True(isEqual [ "computed", computed; "unread", unread ])

    Assert.Equal(
        Some $"normal(mean=0, stddev={Names.number (sqrt (2.0 / 7.0))})",
        (metadataOf (save [ "computed", computed ])).TryFind "spec:computed"
    )

[<Fact>]
let ``hostile names are kept or refused, all at once`` () =
    use a = tensor Spec.heNormal [ 3L ] "a"

    let hostile =
        [ ""
          "a:b"
          "spec:a"
          "\"\\ \n\t\u0000"
          "</script>"
          "ключ 🙂"
          "seed"
          "none"
          "../../x"
          String('n', 5000) ]

    Assert.True(isEqual (hostile |> List.map (fun name -> name, a)))

    inFolder (fun folder ->
        let result =
            Output.tensors
                (Path.Combine(folder, "absent", "w.npy"))
                false
                [ "__metadata__", a; "b", a; "b", a; string (char 0xD800), a ]
                silent
                CancellationToken.None

        Assert.Equal<string list>(
            [ "format-unknown"
              "name-reserved"
              "tensor-duplicate"
              "name-malformed"
              "file-unwritable" ],
            codes result
        )

        Assert.Empty(Directory.GetFileSystemEntries folder))

[<Fact>]
let ``no tensors are a file without tensors`` () =
    let bytes = save []
    Assert.Empty (headerOf bytes).Tensors
    Assert.Equal<string list>([ "origin-unknown" ], codes (verify bytes))

[<Fact>]
let ``an existing file is replaced only where that is asked for, and faults leave it`` () =
    use a = tensor Spec.heNormal [ 3L ] "a"
    use large = tensor Spec.heNormal [ 6_000_000L ] "large"

    inFolder (fun folder ->
        let path = Path.Combine(folder, "w.safetensors")
        File.WriteAllText(path, "before")

        let saved overwrite tensor progress token =
            Output.tensors path overwrite [ "a", tensor ] progress token

        let isUntouched () =
            Assert.Equal("before", File.ReadAllText path)
            Assert.Equal<string[]>([| path |], Directory.GetFileSystemEntries folder)

        Assert.Equal<string list>([ "file-exists" ], codes (saved false a silent CancellationToken.None))
        isUntouched ()
        Assert.Equal<string list>([ "cancelled" ], codes (saved true a silent (CancellationToken true)))
        isUntouched ()
        use source = new CancellationTokenSource()

        Assert.Equal<string list>([ "cancelled" ], codes (saved true large (fun _ _ -> source.Cancel()) source.Token))
        isUntouched ()
        let gone = tensor Spec.heNormal [ 3L ] "gone"
        gone.Dispose()

        Assert.Throws<ObjectDisposedException>(fun () -> saved true gone silent CancellationToken.None |> ignore)
        |> ignore

        isUntouched ()
        ok (saved true a silent CancellationToken.None)
        ok (Verification.equal (ok (verify (File.ReadAllBytes path)))))

[<Fact>]
let ``metadata of one key for each tensor are read back with every fault`` () =
    use a = tensor Spec.heNormal [ 3L ] "a"
    use b = tensor Spec.heNormal [ 3L ] "b"
    b.AsSpan<float32>()[0] <- 1f
    let bytes = save [ "a", a; "b", b ]
    let header = headerOf bytes

    let edited edit =
        let metadata = Map.toList (edit (Map.ofList header.Metadata))

        let tensors =
            header.Tensors
            |> List.map (fun t -> t.Name, Storage.Float DType.Float32, t.Shape)

        verify (Array.append (Initializers.Files.Safetensors.header metadata tensors) bytes[int header.DataStart ..])

    Assert.Equal<string list>([ "metadata-missing" ], codes (edited (Map.remove "spec:b")))

    Assert.Equal<string list>(
        [ "metadata-invalid"; "metadata-invalid" ],
        codes (edited (Map.add "seed:a" "-1" >> Map.add "stream:a" "x"))
    )

    let other = ok (edited (Map.add "seed:a" "43"))
    Assert.Equal<string list>([ "a" ], names other.Different)
    Assert.Equal(2, other.Different.Length + other.NotGenerated.Length)
