namespace Initializers.FSharp

open System
open System.Text.RegularExpressions

/// PyTorch's calls as people paste them: functions of torch.nn.init, whose first argument is the tensor, and methods of a
/// tensor, as `nn.init.normal_(w, std=0.02)` and `w.data.normal_(0, 0.02)`. Both end in an underscore.
[<RequireQualifiedAccess>]
module internal TorchCalls =
    /// An initializer of the catalogue with PyTorch's parameters in order, each with the catalogue's name.
    type private Signature =
        { Name: string
          Parameters: (string * string) list }

    let private signature torch name parameters =
        torch, { Name = name; Parameters = parameters }

    let private same names =
        names |> List.map (fun name -> name, name)

    let private std = "std", "stddev"

    /// Functions of torch.nn.init.
    let private functions =
        let kaiming =
            [ "a", "negative_slope"; "mode", "mode"; "nonlinearity", "nonlinearity" ]

        Map.ofList
            [ signature "uniform_" "uniform" [ "a", "low"; "b", "high" ]
              signature "normal_" "normal" [ "mean", "mean"; std ]
              signature "trunc_normal_" "trunc_normal" [ "mean", "mean"; std; "a", "a"; "b", "b" ]
              signature "constant_" "constant" [ "val", "value" ]
              signature "ones_" "ones" []
              signature "zeros_" "zeros" []
              signature "eye_" "identity" []
              signature "dirac_" "dirac" (same [ "groups" ])
              signature "xavier_uniform_" "xavier_uniform" (same [ "gain" ])
              signature "xavier_normal_" "xavier_normal" (same [ "gain" ])
              signature "kaiming_uniform_" "kaiming_uniform" kaiming
              signature "kaiming_normal_" "kaiming_normal" kaiming
              signature "orthogonal_" "orthogonal" (same [ "gain" ])
              signature "sparse_" "sparse" [ "sparsity", "sparsity"; std ] ]

    /// Methods of tensors.
    let private methods =
        Map.ofList
            [ signature "uniform_" "uniform" [ "from", "low"; "to", "high" ]
              signature "normal_" "normal" [ "mean", "mean"; std ]
              signature "fill_" "constant" [ "value", "value" ]
              signature "zero_" "zeros" []
              signature "cauchy_" "cauchy" [ "median", "loc"; "sigma", "scale" ]
              signature "exponential_" "exponential" [ "lambd", "rate" ]
              signature "log_normal_" "log_normal" [ "mean", "mean"; std ]
              signature "bernoulli_" "bernoulli" (same [ "p" ])
              signature "random_" "randint" [ "from", "low"; "to", "high" ] ]

    /// A tensor in Python: names, attributes and indices.
    let private isTensor (text: string) =
        Regex.IsMatch(text, @"^[A-Za-z_]\w*(\.[A-Za-z_]\w*|\[[^\]]*\])*$", RegexOptions.NonBacktracking)
        && (NumberText.special text).IsNone

    /// The receiver of a call and the function: nn.init and normal_.
    let private parted (name: string) : struct (string * string) =
        match name.LastIndexOf '.' with
        | -1 -> struct ("", name)
        | last -> struct (name.Substring(0, last), name.Substring(last + 1))

    let private isModule (receiver: string) =
        receiver = "init" || receiver.EndsWith(".init", StringComparison.Ordinal)

    let private refused source column call reason instead =
        InitError.InExpression(
            Names.excerptAt column source,
            column,
            InitError.Expression(ExpressionFault.CallUnsupported(call, reason, instead))
        )

    /// Arguments by the catalogue's names; those that the signature lacks keep theirs.
    let private bound (signature: Signature) (arguments: SpecSyntax.Argument list) : SpecSyntax.Argument list =
        let place (index: int, argument: SpecSyntax.Argument) : SpecSyntax.Argument =
            match argument with
            | Ok(None, text, column) ->
                match List.tryItem index signature.Parameters with
                | Some(_, name) -> Ok(Some name, text, column)
                | None -> argument
            | Ok(Some name, text, column) ->
                match signature.Parameters |> List.tryFind (fun (torch, _) -> torch = name) with
                | Some(_, known) -> Ok(Some known, text, column)
                | None -> argument
            | Error _ -> argument

        arguments |> List.indexed |> List.map place

    let private named (name: string) (arguments: SpecSyntax.Argument list) =
        arguments
        |> List.tryPick (function
            | Ok(Some given, text, column) when given = name -> Some(text, column)
            | _ -> None)

    let private without (name: string) (arguments: SpecSyntax.Argument list) =
        arguments
        |> List.filter (function
            | Ok(Some given, _, _) -> given <> name
            | _ -> true)

    /// He's variance with the gain of a nonlinearity, which PyTorch takes in place of the slope but for leaky_relu.
    let private kaiming (name: string) (arguments: SpecSyntax.Argument list) =
        match named "nonlinearity" arguments with
        | None -> name, arguments
        | Some(text, column) ->
            let others = without "nonlinearity" arguments

            match SpecSyntax.unquoted text with
            | "leaky_relu" -> name, others
            | "relu" -> name, without "negative_slope" others
            | nonlinearity ->
                let family =
                    if name.EndsWith("uniform", StringComparison.Ordinal) then
                        "uniform"
                    else
                        "normal"

                "variance_scaling",
                Ok(Some "scale", $"gain({nonlinearity})^2", column)
                :: Ok(Some "distribution", family, column)
                :: without "negative_slope" others

    /// What PyTorch expresses by other parameters than the catalogue.
    let private translated (name: string) (arguments: SpecSyntax.Argument list) =
        match name, named "stddev" arguments, named "rate" arguments with
        | ("kaiming_uniform" | "kaiming_normal"), _, _ -> kaiming name arguments
        | "sparse", Some(text, column), _ ->
            name,
            Ok(Some "inner", $"normal(mean=0, stddev={text})", column)
            :: without "stddev" arguments
        | "log_normal", _, _ ->
            let number key fallback =
                named key arguments |> Option.map fst |> Option.defaultValue fallback

            // PyTorch's defaults.
            let mean, stddev = number "mean" "1", number "stddev" "2"

            let column =
                arguments
                |> List.tryPick (function
                    | Ok(_, _, column) -> Some column
                    | Error _ -> None)

            "exp", [ Ok(Some "inner", $"normal(mean={mean}, stddev={stddev})", Option.defaultValue 1 column) ]
        | "exponential", _, Some(text, column) ->
            name, Ok(Some "scale", $"1/({text})", column) :: without "rate" arguments
        | _ -> name, arguments

    /// The catalogue's name and arguments of a call; those of other texts as they are.
    let plain
        (source: string)
        (column: int)
        (call: string)
        (arguments: SpecSyntax.Argument list)
        : Result<string * SpecSyntax.Argument list, InitError> =
        let struct (receiver, name) = parted call
        let isMethod = receiver <> "" && not (isModule receiver)
        // Before PyTorch 0.4 the functions had no underscore.
        let torch =
            if isModule receiver && not (name.EndsWith '_') then
                name + "_"
            else
                name

        match Map.tryFind torch (if isMethod then methods else functions), arguments with
        | None, _ when receiver = "" -> Ok(call, arguments)
        | None, _ ->
            let table = if isMethod then methods else functions
            let known = table |> Map.keys |> List.ofSeq |> Names.list

            Error(
                refused
                    source
                    column
                    name
                    $"those that can are {known}"
                    "an initializer of this library, such as normal(stddev=0.02)"
            )
        | Some signature, arguments ->
            let arguments =
                match arguments with
                | Ok(None, _, _) :: others when isModule receiver -> others
                | Ok(None, text, _) :: others when
                    not isMethod && isTensor text && text <> "fan_in" && text <> "fan_out"
                    ->
                    others
                | all -> without "tensor" all

            match named "generator" arguments with
            | Some(text, column) when text <> "None" ->
                Error(
                    refused
                        source
                        column
                        "generator"
                        "the seed is given where a tensor is filled"
                        $"{signature.Name}(…) without it"
                )
            | _ ->
                without "generator" arguments
                |> bound signature
                |> translated signature.Name
                |> Ok
