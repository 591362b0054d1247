// Runs in `dotnet fsi`, whose FSharp.Core is smaller than the one that the packages name: compiles every method of both
// assemblies, and calls the facade and the core as a script would. Prints how many methods were compiled.
open System
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open Initializers
open Initializers.Stateful
open Initializers.Models

let require what condition =
    if not condition then
        failwith $"{what} is wrong"

// --- every method

let declared =
    BindingFlags.Public
    ||| BindingFlags.NonPublic
    ||| BindingFlags.Instance
    ||| BindingFlags.Static
    ||| BindingFlags.DeclaredOnly

/// One type for each type parameter; every constraint of the API's allows float32.
let arguments (parameters: Type[]) =
    parameters |> Array.map (fun _ -> typeof<float32>.TypeHandle)

let compile (method: MethodBase) =
    let ofType =
        match method.DeclaringType with
        | null -> [||]
        | t -> t.GetGenericArguments()

    let ofMethod =
        if method.IsGenericMethodDefinition then
            method.GetGenericArguments()
        else
            [||]

    match Array.append ofType ofMethod with
    | [||] -> RuntimeHelpers.PrepareMethod method.MethodHandle
    | parameters -> RuntimeHelpers.PrepareMethod(method.MethodHandle, arguments parameters)

let mutable compiled = 0
let failures = ResizeArray<string>()

for assembly in [ typeof<Tensor>.Assembly; typeof<Initializer>.Assembly ] do
    for t in assembly.GetTypes() do
        for method in
            [| yield! t.GetMethods declared |> Seq.cast<MethodBase>
               yield! t.GetConstructors declared |> Seq.cast<MethodBase> |] do
            if not method.IsAbstract && not (isNull (method.GetMethodBody())) then
                try
                    compile method
                    compiled <- compiled + 1
                with
                // float32 is not allowed for a parameter of the method's or of its type's
                | :? ArgumentException
                | :? Security.VerificationException -> ()
                | :? TypeLoadException as e when e.Message.Contains "violates the constraint" -> ()
                | e -> failures.Add $"{t}.{method.Name}: {e.GetType().Name}: {e.Message}"

for failure in failures do
    eprintfn "%s" failure

require $"{failures.Count} methods that do not compile: something" (failures.Count = 0)

// --- the facade

let model = Seed.FromUInt64 42UL
let seed = model.Child "fc1.weight"

let same (expected: float32[]) (actual: float32[]) = require "an element" (expected = actual)

let made (tensor: Tensor) =
    use tensor = tensor
    tensor.ToArray<float32>()

let expected = made (KaimingNormal().CreateVariables([| 4L; 3L |], fanIn = 3.0, seed = seed))
same expected (made (KaimingNormal().CreateVariables([| 4L; 3L |], Layout.OutIn, seed = seed)))
same expected (made (KaimingNormal().CreateVariables([| 4L; 3L |], FanAxesTexts.Parse "out,in", seed = seed)))
same expected (made (KaimingNormal().CreateVariables([| 4L; 3L |], 0.0, fanIn = 3.0, seed = seed)))
same expected (made (Initializer.FromText("he_normal").CreateVariables([| 4L; 3L |], fanIn = 3.0, seed = seed)))

same
    expected
    (made (
        Initializer
            .FromJson("""{"initializer": "he_normal"}""")
            .CreateVariables([| 4L; 3L |], fanIn = 3.0, seed = seed)
    ))

let filled = Array.zeroCreate<float32> 12
KaimingNormal().Fill(Span filled, [| 4L; 3L |], Fans.Of(fanIn = 3.0), seed = seed)
same expected filled
KaimingNormal().Fill(HostMemory.Strided(HostMemory.op_Implicit filled, [| 4L; 3L |], [| 1L; 4L |]), fans = Layout.OutIn, seed = seed)
KaimingNormal().Fill(Span<Half>(Array.zeroCreate 12), [| 4L; 3L |], Layout.OutIn, seed = seed)
KaimingNormal().Fill(Span<BFloat16>(Array.zeroCreate 12), [| 4L; 3L |], Layout.OutIn, seed = seed)
KaimingNormal().Fill(Span<float>(Array.zeroCreate 12), [| 4L; 3L |], FanAxesTexts.Parse "out,in", seed = seed)

let all =
    Initializer.CreateAll([ TensorRequest("fc1.weight", KaimingNormal(), [| 4L; 3L |], Layout.OutIn) ], seed = model)

same expected (all["fc1.weight"].ToArray<float32>())
all.Dispose()
Array.Clear filled
Initializer.FillAll([ MemoryRequest("fc1.weight", KaimingNormal(), filled, [| 4L; 3L |], Layout.OutIn) ], model)
same expected filled

let codes (call: unit -> unit) =
    try
        call ()
        []
    with :? InitializerException as e ->
        [ for fault in e.Faults -> fault.Code ]

require
    "a report of two faults"
    (codes (fun () -> KaimingNormal(nan).CreateVariables([| -1L |]) |> ignore)
     |> List.sort = [ "fan-missing"; "not-finite"; "shape-negative" ])

require "a report on a list" (codes (fun () ->
    Initializer.FillAll([ MemoryRequest("a", KaimingNormal(), filled, [| 4L |], Layout.OutIn) ], model))
                              |> List.isEmpty
                              |> not)

InitializerSpec.Parse("truncated_normal(stddev=0.02)").ToKerasJson() |> ignore
InitializerSpec.Quantile("logit", Func<float, float>(fun p -> log (p / (1.0 - p)))).ToString() |> ignore
Gains.Recommended Nonlinearity.Tanh |> ignore
Compat.Keras.Fans([| 3L; 3L; 8L; 16L |]) |> ignore

do
    use _scope = InitializerRandom.Scope 42UL
    made (RandomNormal().CreateVariables [| 2L |]) |> ignore

let file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".safetensors")

try
    let blueprint =
        Blueprint.Parse
            """{"tensors": {"fc1.weight": {"dtype": "F32", "shape": [4, 3]}},
                "rules": [{"pattern": "*", "spec": "he_normal", "layout": "oi"}]}"""

    blueprint.Write(file, seed = model)
    require "the file" (Verification.Run(file).DifferentValues = 0L)
    require "its tensor" (Inspection.Load(file).Values = 12L)
finally
    File.Delete file

// --- the core

open Initializers.FSharp

let core =
    init {
        let! shape = Shape.ofList [ 4L; 3L ]
        and! spec = Spec.parse "he_normal"
        return! Initialize.tensor Target.cpu shape (Fan.From Layout.OutIn) seed spec
    }

match core with
| Ok tensor -> same expected (made tensor)
| Error faults -> failwith $"%A{faults}"

match Spec.heNormal |> Init.tensor [ 4; 3 ] Layout.OutIn (Seed.ofUInt64 42UL |> Seed.child "fc1.weight") with
| Ok tensor -> same expected (made tensor)
| Error faults -> failwith $"%A{faults}"

match Spec.heNormal |> Init.array [ 4; 3 ] Layout.OutIn seed with
| Ok elements -> same expected elements
| Error faults -> failwith $"%A{faults}"

require "a spec's own text" ($"%A{Spec.siren 30.0}" = "siren(w0=30)" && string Spec.heNormal = "he_normal")
let refused = Spec.parse "constant"
require "a fault's own text" ($"%A{refused}" = "Error [parameter-missing: constant needs its parameter 'value'.]")
require "the text" (SpecText.parse "he_normal" = Ok Spec.heNormal)
require "a code" (match SpecText.parse "he_normal(" with Error(fault :: _) -> InitError.code fault <> "" | _ -> false)

printfn "%d" compiled
