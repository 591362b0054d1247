/// `init { … }` gathers faults, and the short calls of `Init` give the elements of `Initialize`.
module Initializers.Properties.InitTests

open System
open Xunit
open FsCheck
open FsCheck.FSharp
open FsCheck.Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators

let private seed = Seed.ofUInt64 42UL |> Seed.child "fc1.weight"

let private read shape spec layout =
    init {
        let! shape = Shape.parse shape
        and! spec = Spec.parse spec
        and! layout = Layout.parse layout
        return! Initialize.tensor Target.cpu shape (Fan.From layout) seed spec
    }

[<Fact>]
let ``and! gathers the faults of every call, in order`` () =
    Assert.Equal<string list>([ "shape-syntax"; "spec-unknown"; "layout-unknown" ], codes (read "2,x" "gaussian" "ab"))
    Assert.Equal<string list>([ "spec-unknown" ], codes (read "2,3" "gaussian" "oi"))

[<Fact>]
let ``a call after let! runs where everything before it has a value`` () =
    let mutable calls = 0

    let call result =
        init {
            let! value = result

            let! next =
                calls <- calls + 1
                Ok(value + 1)

            return next
        }

    Assert.Equal(Ok 2, call (Ok 1))
    Assert.Equal(Error [ InitError.Cancelled ], call (Error [ InitError.Cancelled ]))
    Assert.Equal(1, calls)

[<Fact>]
let ``use! disposes a tensor at the end`` () =
    let tensor =
        init {
            use! tensor = read "2,3" "he_normal" "oi"
            return tensor
        }
        |> ok

    Assert.EndsWith("disposed", string tensor)

[<Fact>]
let ``do! and an if without else continue`` () =
    let check holds =
        init {
            do! if holds then Ok() else Error [ InitError.Cancelled ]
            return 1
        }

    Assert.Equal(Ok 1, check true)
    Assert.Equal<string list>([ "cancelled" ], codes (check false))

    let nothing =
        init {
            if codes (check true) <> [] then
                return! Error [ InitError.Cancelled ]
        }

    Assert.Equal(Ok(), nothing)

let private elements (tensor: Tensor) =
    use tensor = tensor
    tensor.ToArray<float32>()

[<Property(MaxTest = 100)>]
let ``an array, a tensor and Initialize's tensor have equal elements`` () =
    let dims = Gen.choose (0, 40) |> Gen.listOfLength 2

    Prop.forAll (Arb.fromGen dims) (fun dims ->
        let expected =
            Spec.normal 0.0 1.0
            |> Initialize.tensor Target.cpu (shapeOf (dims |> List.map int64)) (Fan.From Layout.OutIn) seed
            |> ok
            |> elements

        let array = Spec.normal 0.0 1.0 |> Init.array dims Layout.OutIn seed |> ok
        let tensor = Spec.normal 0.0 1.0 |> Init.tensor dims Layout.OutIn seed |> ok
        array = expected && elements tensor = expected)

[<Fact>]
let ``a layout gives the fans of a matrix, and a bias needs none`` () =
    let fanned =
        Spec.heNormal
        |> Initialize.tensor Target.cpu (shapeOf [ 4L; 3L ]) (Fan.In 3.0) seed
        |> ok
        |> elements

    Assert.Equal<float32>(fanned, Spec.heNormal |> Init.array [ 4; 3 ] Layout.OutIn seed |> ok)
    Assert.Equal<float32>([| 0.0f; 0.0f |], Spec.zeros |> Init.array [ 2 ] Layout.OutIn seed |> ok)
    Assert.Equal<float32>([| 1.0f |], Spec.ones |> Init.array [] Layout.OutIn seed |> ok)
    Assert.Equal<string list>([ "fan-missing" ], codes (Spec.heNormal |> Init.array [ 2 ] Layout.OutIn seed))

[<Fact>]
let ``every fault of a request comes at once`` () =
    for codes in
        [ codes (
              Spec.kaiming nan FanMode.FanIn DistributionFamily.Normal
              |> Init.tensor [ -1; 2 ] Layout.OutIn seed
          )
          codes (
              Spec.kaiming nan FanMode.FanIn DistributionFamily.Normal
              |> Init.array [ -1; 2 ] Layout.OutIn seed
          ) ] do
        Assert.Equal<string list>([ "shape-negative"; "not-finite" ], codes)

[<Fact>]
let ``an array of more elements than arrays hold is refused`` () =
    let dims = [ Int32.MaxValue; Int32.MaxValue ]
    Assert.Equal<string list>([ "memory-exhausted" ], codes (Spec.zeros |> Init.array dims Layout.OutIn seed))

[<Fact>]
let ``a target decides the dtype`` () =
    use tensor =
        Spec.heNormal
        |> Init.tensorOn
            { Target.cpu with
                DType = DType.Float16 }
            [ 4; 3 ]
            Layout.OutIn
            seed
        |> ok

    Assert.StartsWith("float16[4, 3] on cpu: ", string tensor)
