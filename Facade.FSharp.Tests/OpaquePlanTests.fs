/// Plans as other assemblies see them. Kernels trust a plan: one of float64 with a table of float32 would read past it.
module Initializers.Facade.FSharp.OpaquePlanTests

open System
open System.Reflection
open System.Text.Json
open FSharp.Reflection
open Initializers
open Initializers.FSharp
open Xunit

let private plan = typeof<Plan>

/// Whether a type is a plan or has one inside.
let rec private holds (t: Type) =
    t = plan
    || (t.IsGenericType && Array.exists holds (t.GetGenericArguments()))
    || (t.HasElementType && holds (t.GetElementType() |> Unchecked.nonNull))

let private declared =
    BindingFlags.Public
    ||| BindingFlags.Static
    ||| BindingFlags.Instance
    ||| BindingFlags.DeclaredOnly

[<Fact>]
let ``nothing outside of the core makes or changes a plan's parts`` () =
    Assert.Empty(plan.GetConstructors())
    Assert.Empty(plan.GetFields())
    Assert.Empty(plan.GetProperties declared)
    Assert.False(FSharpType.IsRecord plan)

    let parts: obj[] = [| DType.Float64; 4L; "body" |]

    Assert.Throws<ArgumentException>(fun () -> FSharpValue.MakeRecord(plan, parts) |> ignore)
    |> ignore

    Assert.Throws<MissingMethodException>(fun () -> Activator.CreateInstance(plan, parts) |> ignore)
    |> ignore

    Assert.Throws<NotSupportedException>(fun () -> JsonSerializer.Deserialize("{}", plan) |> ignore)
    |> ignore

[<Fact>]
let ``resolving a spec or a blueprint is the one public way to a plan`` () =
    let ways =
        [ for t in plan.Assembly.GetExportedTypes() do
              for m in t.GetMethods declared do
                  if holds m.ReturnType then
                      $"{t.Name}.{m.Name}"

              for f in t.GetFields declared do
                  if holds f.FieldType then
                      $"{t.Name}.{f.Name}" ]

    // A blueprint resolves the plan of each of its tensors, which their contents show.
    Assert.Equal<string list>([ "Floats.get_Item"; "Whole.get_plan"; "PlanModule.Resolve" ], ways)

[<Fact>]
let ``a plan tells its dtype and length`` () =
    let shape = Shape.ofList [ 3L; 5L ] |> Result.toOption |> Option.get

    for dtype in [ DType.Float32; DType.Float16; DType.BFloat16; DType.Float64 ] do
        match Plan.resolve (Spec.normal 0.0 1.0) shape Fan.Unknown dtype with
        | Ok plan -> Assert.Equal((dtype, 15L), (Plan.dtype plan, Plan.length plan))
        | Error faults -> failwith $"%A{faults}"
