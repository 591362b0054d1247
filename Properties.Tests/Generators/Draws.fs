/// What resolved specs draw their elements by, for tests of tiles and kernels.
[<RequireQualifiedAccess>]
module internal Initializers.Properties.Draws

open Initializers.FSharp

/// The draw of a body whose elements are independent.
let ofBody (body: Body) : ElementDraw =
    match body with
    | Structure.Elements draw -> draw
    | other -> failwith $"no draw of independent elements: %A{other}"

/// The draw of a plan.
let ofPlan (plan: Plan) : ElementDraw = ofBody plan.Body

/// The draw of a spec in a dtype.
let resolve (spec: Spec) dtype : ElementDraw =
    match Plan.resolve spec Shape.scalar Fan.Unknown dtype with
    | Ok plan -> ofPlan plan
    | Error faults -> failwith $"{faults |> List.map InitError.message}"
