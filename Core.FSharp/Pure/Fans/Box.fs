namespace Initializers.FSharp

type AxisRange =
    { Start: int64 option
      Stop: int64 option }

type Box = { Ranges: AxisRange list }

[<Sealed>]
type internal BoundedBox(whole: Shape, starts: int64 list, part: Shape) =
    member _.Whole = whole
    member _.Starts = starts
    member _.Part = part

    member _.Box =
        { Ranges =
            List.map2
                (fun start size ->
                    { Start = Some start
                      Stop = Some(start + size) })
                starts
                part.Dims }

[<RequireQualifiedAccess>]
module Box =
    [<CompiledName "OfRanges">]
    let ofRanges (ranges: (int64 * int64) list) : Box =
        { Ranges =
            ranges
            |> List.map (fun (start, stop) -> { Start = Some start; Stop = Some stop }) }

    let private rangeText (range: AxisRange) =
        let ``end`` = Option.map string >> Option.defaultValue ""
        $"{``end`` range.Start}:{``end`` range.Stop}"

    let private endOf (text: string) : int64 option option =
        match text.Trim() with
        | "" -> Some None
        | digits -> NumberText.signed digits |> Option.map Some

    let private rangeOf (text: string) : AxisRange option =
        match text.Split ':' with
        | [| blank |] when blank.Trim() = "" -> Some { Start = None; Stop = None }
        | [| start; stop |] -> Option.map2 (fun start stop -> { Start = start; Stop = stop }) (endOf start) (endOf stop)
        | _ -> None

    [<CompiledName "Parse">]
    let parse (text: string) : Result<Box, InitError list> =
        if text.Trim() = "" then
            Ok { Ranges = [] }
        else
            let parts = text.Split ','
            let ranges = parts |> Array.choose rangeOf

            if ranges.Length = parts.Length then
                Ok { Ranges = List.ofArray ranges }
            else
                Error [ InitError.Box(BoxFault.Syntax text) ]

    [<CompiledName "ToText">]
    let toText (box: Box) : string =
        box.Ranges |> List.map rangeText |> String.concat ","

    /// Start and size of a range of an axis.
    let private bounded (axis: int) (size: int64) (range: AxisRange) : Result<int64 * int64, InitError list> =
        let fromStart (index: int64) =
            if index < 0L then size + index else index

        let start = range.Start |> Option.map fromStart |> Option.defaultValue 0L
        let stop = range.Stop |> Option.map fromStart |> Option.defaultValue size
        let isInside index = index >= 0L && index <= size

        if not (isInside start && isInside stop) then
            Error [ InitError.Box(BoxFault.OutOfAxis(axis, rangeText range, size)) ]
        elif start > stop then
            Error [ InitError.Box(BoxFault.Reversed(axis, rangeText range, size)) ]
        else
            Ok(start, stop - start)

    let within (shape: Shape) (box: Box) : Result<BoundedBox, InitError list> =
        if box.Ranges.Length <> shape.Rank then
            Error [ InitError.Box(BoxFault.Rank(box.Ranges.Length, shape.Rank)) ]
        else
            List.zip shape.Dims box.Ranges
            |> List.indexed
            |> Validation.traverse (fun (axis, (size, range)) -> bounded axis size range)
            |> Result.bind (fun ranges ->
                let starts, sizes = List.unzip ranges

                Shape.ofList sizes |> Result.map (fun part -> BoundedBox(shape, starts, part)))

    [<CompiledName "ShapeIn">]
    let shapeIn (shape: Shape) (box: Box) : Result<Shape, InitError list> = within shape box |> Result.map _.Part
