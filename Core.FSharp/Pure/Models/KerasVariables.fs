namespace Initializers.FSharp

open System
open System.Text.Json
open Initializers

/// Where a serialized layer of Keras is, and what the names of its variables begin with.
type internal KerasPlace =
    {
        Source: string
        /// Whether the fans of an einsum's kernel are those of its equation, as from Keras 3.15 on.
        Einsum: bool
        Path: string
        Prefix: string
    }

    /// The place of a member.
    member place.At(name: string) =
        { place with
            Path =
                (if place.Path = "" then
                     name
                 else
                     Json.memberPath place.Path name) }

/// The variables of a layer: names, shapes, dtypes and the rules of their initializers.
[<RequireQualifiedAccess>]
module internal KerasVariables =
    /// The dtype of a layer's variables.
    let private storage (place: KerasPlace) (config: JsonElement) : Result<Storage, InitError list> =
        let rec read (value: JsonElement) =
            match value.ValueKind with
            | JsonValueKind.Null -> Ok(Storage.Float DType.Float32)
            | JsonValueKind.Object ->
                match Json.tryFind "config" value |> Option.bind (Json.tryFind "name") with
                | Some name -> read name
                | None -> Json.field place.Source $"{place.Path}.dtype" "expected a dtype, or the config of a policy."
            | _ ->
                Json.text place.Source $"{place.Path}.dtype" value
                |> Result.bind (fun name ->
                    // Variables of a mixed policy are float32.
                    if name.StartsWith("mixed_", StringComparison.Ordinal) then
                        Ok(Storage.Float DType.Float32)
                    else
                        DType.parse name
                        |> Result.map Storage.Float
                        |> Json.at place.Source $"{place.Path}.dtype")

        match Json.tryFind "dtype" config with
        | Some value -> read value
        | None -> Ok(Storage.Float DType.Float32)

    /// Keras's fans of a shape without layout: those of a convolution, or the size itself.
    let private fan (layer: KerasLayer) (shape: Shape) (variable: KerasVariable) (einsum: bool) (spec: Spec) : Fan =
        match shape.Dims, variable.Roles with
        | [], _ -> Fan.Of(1.0, 1.0)
        | [ size ], None -> Fan.Of(float size, float size)
        // Only fans read the equation; a matrix has all axes but the last as rows.
        | _, Some roles when einsum && not (Spec.modes spec).IsEmpty -> Fan.Axes(FanAxes.ofRoles (roles layer))
        | [ size ], _ -> Fan.Of(float size, float size)
        | _ -> Fan.From Layout.SpatialInOut

    /// The initializer of a variable: that of its field, or the class's default.
    let private initializer
        (place: KerasPlace)
        (layer: KerasLayer)
        (variable: KerasVariable)
        : Result<Spec, InitError list> =
        let named path name =
            match Keras.ofName name with
            | Some spec -> Ok spec
            | None -> Error [ InitError.AtPath(place.Source, path, InitError.KerasUnknown(name, [])) ]

        match Map.tryFind variable.Field layer.Config with
        | Some value when value.ValueKind = JsonValueKind.Object ->
            Keras.read place.Source (Json.memberPath layer.Path variable.Field) value
        | Some value when value.ValueKind <> JsonValueKind.Null ->
            let path = Json.memberPath layer.Path variable.Field
            Json.text place.Source path value |> Result.bind (named path)
        | _ -> named layer.Path variable.Default

    /// An LSTM's bias, whose second quarter is 1 unless the config says otherwise.
    let private withForgetBias (layer: KerasLayer) (variable: KerasVariable) (units: int64) (spec: Spec) : Spec =
        let isLstm = layer.Kind.StartsWith("LSTM", StringComparison.Ordinal)

        if
            not (
                isLstm
                && variable.Name.EndsWith("bias", StringComparison.Ordinal)
                && layer.Flag("unit_forget_bias", true)
            )
        then
            spec
        elif spec = Spec.zeros then
            Spec.lstmBias 1.0
        else
            Spec.stacked 0 [ units, spec; units, Spec.ones; 2L * units, spec ]

    let private ofTable (place: KerasPlace) (layer: KerasLayer) storage (variable: KerasVariable) =
        let name = $"{place.Prefix}{layer.Name}/{variable.Name}"
        let dims = variable.Shape layer

        validation {
            let! spec = initializer place layer variable

            and! shape =
                Shape.ofList dims
                |> Result.mapError (List.map (fun f -> InitError.InTensor(name, f)))

            let spec =
                match dims with
                | [ size ] -> withForgetBias layer variable (size / 4L) spec
                | _ -> spec

            let entry: TensorEntry =
                { Name = name
                  Shape = shape
                  Storage = storage }

            let field =
                if variable.Field = "" then
                    "initializer"
                else
                    variable.Field

            let rule =
                { Rule.ofGlob name spec with
                    Fan = fan layer shape variable place.Einsum spec
                    Source = Some $"{field} of layer {layer.Name} ({layer.Kind})" }

            return entry, rule
        }

    /// The variables of a layer of this class, each with its rule.
    let ofLayer
        (place: KerasPlace)
        (layer: KerasLayer)
        (config: JsonElement)
        (kind: KerasClass)
        : Result<(TensorEntry * Rule) list, InitError list> =
        match kind.Variables |> List.filter (fun v -> v.Exists layer) with
        | [] -> Ok []
        | variables ->
            storage place config
            |> Result.bind (fun storage -> variables |> Validation.traverse (ofTable place layer storage))
