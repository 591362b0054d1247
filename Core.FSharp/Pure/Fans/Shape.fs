namespace Initializers.FSharp

open System
open System.Globalization

[<Sealed>]
type Shape(dims: int64 list, length: int64) =
    member _.Dims = dims
    member _.Rank = dims.Length
    member _.Length = length

    override _.Equals(other: obj | null) =
        match other with
        | :? Shape as o -> o.Dims = dims
        | _ -> false

    override _.GetHashCode() = hash dims
    override _.ToString() = String.Join(",", dims)

    interface IEquatable<Shape> with
        member _.Equals(other: Shape | null) =
            match other with
            | null -> false
            | o -> o.Dims = dims

[<RequireQualifiedAccess>]
module Shape =
    [<Literal>]
    let RankLimit = 1000

    /// A 0 anywhere makes the product 0, however large the other sizes are.
    let private exactProduct (sizes: int64 list) : int64 voption =
        if List.contains 0L sizes then
            ValueSome 0L
        else
            (ValueSome 1L, sizes)
            ||> List.fold (fun product size ->
                product
                |> ValueOption.bind (fun p ->
                    if p > Int64.MaxValue / size then
                        ValueNone
                    else
                        ValueSome(p * size)))

    let product (sizes: int64 list) : int64 =
        exactProduct sizes |> ValueOption.defaultValue Int64.MaxValue

    let sum (sizes: int64 list) : int64 =
        (0L, sizes)
        ||> List.fold (fun total size ->
            if total > Int64.MaxValue - size then
                Int64.MaxValue
            else
                total + size)

    let sliceFaults (offset: int64) (count: int64) (length: int64) =
        Validation.check
            (InitError.SliceOutOfRange(offset, count, length))
            (offset >= 0L && count >= 0L && offset <= length - count)

    let private validated (dims: int64 list) : Result<Shape, InitError list> =
        let negative =
            dims
            |> List.indexed
            |> List.collect (fun (axis, size) -> Validation.check (InitError.ShapeNegative(axis, size)) (size >= 0L))

        match negative, exactProduct dims with
        | [], ValueSome length -> Ok(Shape(dims, length))
        | [], ValueNone -> Error [ InitError.ShapeOverflow dims ]
        | faults, _ -> Error faults

    let rankFaults (rank: int) =
        Validation.check (InitError.ShapeRank(rank, RankLimit)) (rank <= RankLimit)

    [<CompiledName "OfList">]
    let ofList (dims: int64 list) : Result<Shape, InitError list> =
        Validation.ofFaults (rankFaults dims.Length) ()
        |> Result.bind (fun () -> validated dims)

    [<CompiledName "Scalar">]
    let scalar = Shape([], 1L)

    let sizes (text: string) : Result<int64 list, InitError list> =
        if String.IsNullOrWhiteSpace text then
            Ok []
        else
            let parts = text.Split ','
            let sizes = parts |> Array.choose (_.Trim() >> NumberText.signed)

            if sizes.Length = parts.Length then
                Ok(List.ofArray sizes)
            else
                Error [ InitError.ShapeSyntax text ]

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Shape, InitError list> = sizes text |> Result.bind ofList

    [<CompiledName "ToText">]
    let toText (shape: Shape) = shape.ToString()

    [<CompiledName "Dims">]
    let dims (shape: Shape) = shape.Dims

    [<CompiledName "Length">]
    let length (shape: Shape) = shape.Length
