/// Scripts run with the SDK's own FSharp.Core, a smaller build than the one that the package depends on: what either assembly
/// uses of FSharp.Core must be in it.
module Initializers.Facade.FSharp.FSharpCoreTests

open System
open System.IO
open System.Collections.Generic
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open Initializers
open Initializers.Stateful
open Xunit

let private fullName (reader: MetadataReader) (ns: StringHandle) (name: StringHandle) =
    $"{reader.GetString ns}.{reader.GetString name}"

/// The types of an assembly that other assemblies may use, and those that it forwards.
let private exported (path: string) : HashSet<string> =
    use file = new PEReader(File.OpenRead path)
    let reader = file.GetMetadataReader()

    HashSet(
        [ for handle in reader.TypeDefinitions do
              let definition = reader.GetTypeDefinition handle
              fullName reader definition.Namespace definition.Name
          for handle in reader.ExportedTypes do
              let exported = reader.GetExportedType handle
              fullName reader exported.Namespace exported.Name ]
    )

/// The types that an assembly uses of another; nested ones are found by the type around them.
let private used (assembly: string) (path: string) : string list =
    use file = new PEReader(File.OpenRead path)
    let reader = file.GetMetadataReader()

    let isFrom (scope: EntityHandle) =
        scope.Kind = HandleKind.AssemblyReference
        && (let reference =
                reader.GetAssemblyReference(AssemblyReferenceHandle.op_Explicit scope)

            reader.GetString reference.Name = assembly)

    [ for handle in reader.TypeReferences do
          let reference = reader.GetTypeReference handle

          if isFrom reference.ResolutionScope then
              fullName reader reference.Namespace reference.Name ]

/// The FSharp.Core that `dotnet fsi` of this SDK runs with.
let private ofSdk () : string =
    let root =
        Path.GetFullPath(Path.Combine(nonNull (Path.GetDirectoryName typeof<obj>.Assembly.Location), "../../.."))

    Directory.GetFiles(Path.Combine(root, "sdk"), "FSharp.Core.dll", SearchOption.AllDirectories)
    |> Array.filter (fun path -> Path.GetFileName(Path.GetDirectoryName path) = "FSharp")
    |> Array.max

[<Fact>]
let ``the SDK's FSharp.Core has every type that the core and the facade use`` () =
    let present = exported (ofSdk ())
    Assert.Contains("Microsoft.FSharp.Collections.FSharpList`1", present)

    let absent =
        [ typeof<Tensor>.Assembly.Location; typeof<Initializer>.Assembly.Location ]
        |> List.collect (used "FSharp.Core")
        |> List.filter (present.Contains >> not)

    Assert.Empty absent

[<Fact>]
let ``the check sees a type that is missing there`` () =
    // C# collection expressions of F# lists build them by this one.
    Assert.DoesNotContain("Microsoft.FSharp.Collections.FSharpList", exported (ofSdk ()))
    Assert.NotEmpty(used "FSharp.Core" typeof<Initializer>.Assembly.Location)
