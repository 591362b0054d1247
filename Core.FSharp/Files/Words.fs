namespace Initializers.FSharp

open System
open Initializers
open Initializers.Kernels
open Initializers.Files

/// Reads the words of requests, which may be absent.
module internal Words =
    let invalid name text expected =
        Error [ InitError.ArgumentInvalid(name, text, expected) ]

    /// Reads a word; returns None for an absent word.
    let optional (read: string -> Result<'a, InitError list>) (text: string | null) =
        match text with
        | null -> Ok None
        | t -> read t |> Result.map Some

    let needed name example (read: string -> Result<'a, InitError list>) (text: string | null) =
        match text with
        | null -> Error [ InitError.ArgumentMissing(name, example) ]
        | t -> read t

    let orElse value (result: Result<'a option, InitError list>) =
        result |> Result.map (Option.defaultValue value)

    /// A seed's key.
    let seed (text: string) : Result<Seed, InitError list> =
        match NumberText.key text with
        | Some key -> Ok(Seed.ofUInt64 key)
        | None -> invalid "seed" text "a whole number from 0 to 18446744073709551615, or 0x and hexadecimal digits"

    let device (text: string) : Result<Device, InitError list> =
        let device = Device text
        Validation.ofFaults (Backends.faults device) device

    let whole name (text: string) =
        match NumberText.signed text with
        | Some n when n >= 0L -> Ok n
        | _ -> invalid name text "a whole number, 0 or more"

    let number name (text: string) =
        match NumberText.real text with
        | Some x -> Ok x
        | None -> invalid name text "a number such as 256 or 1e3"

    /// A stream's name. The runtime puts U+FFFD for the bytes of a command line that are no UTF-8, so that many such
    /// lines would name one stream.
    let stream (name: string) =
        Validation.ofFaults
            (Validation.check (InitError.NameMalformed name) (Names.isUnicode name && not (name.Contains '\uFFFD')))
            name

    /// Offset and count of a slice of a tensor; None where neither is given, or the shape cannot be read.
    let slice (offset: string | null) (count: string | null) (shape: Result<Shape, InitError list>) =
        validation {
            let! offset = optional (whole "offset") offset
            and! count = optional (whole "count") count

            return!
                match offset, count, shape with
                | None, None, _
                | _, _, Error _ -> Ok None
                | _, _, Ok shape ->
                    let offset = Option.defaultValue 0L offset
                    // Without a count the slice goes to the end of the tensor.
                    let count = Option.defaultValue (max 0L (shape.Length - offset)) count

                    Validation.ofFaults (Shape.sliceFaults offset count shape.Length) (Some(offset, count))
        }

    /// A box of a tensor, which excludes a slice; its ranges are compared with a shape that can be read.
    let box
        (text: string | null)
        (offset: string | null)
        (count: string | null)
        (shape: Result<Shape, InitError list>)
        =
        let conflict =
            Validation.check
                (InitError.ArgumentConflict "give either a box or offset and count, not both.")
                (isNull text || (isNull offset && isNull count))

        let within box =
            match shape with
            | Ok shape -> Validation.faults (Box.within shape box)
            | Error _ -> []

        validation {
            let! box =
                optional (Box.parse >> Result.bind (fun box -> Validation.ofFaults (within box) box)) text

            and! () = conflict
            return box
        }

    /// Faults of a spec whose text has others: of numbers that are wrong whatever the arguments that cannot be read.
    let ofReadable (text: string | null) =
        match text with
        | null -> []
        | text ->
            match SpecText.read text with
            | Some spec, _ ->
                RequestFaults.knowable spec None None None
                |> List.filter (function
                    | InitError.NotFinite _
                    | InitError.NotPositive _
                    | InitError.StddevNegative _
                    | InitError.StddevNotPositive _
                    | InitError.ScaleNotPositive _ -> true
                    | _ -> false)
            | None, _ -> []

    /// Whether tensors that no rule matches keep their elements, which an ONNX model has.
    let keeps (unmatched: string | null) (out: string | null) : Result<bool, InitError list> =
        match unmatched, out with
        | null, _ -> Ok false
        | "keep", NonNull path when not (OnnxReader.isName path) ->
            Error
                [ InitError.ArgumentConflict
                      "unmatched tensors can be kept only in an .onnx file, which is written from one." ]
        | "keep", _ -> Ok true
        | text, _ -> invalid "unmatched" text "keep"
