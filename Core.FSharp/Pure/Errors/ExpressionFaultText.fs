namespace Initializers.FSharp

/// Codes and messages of faults of expressions.
[<RequireQualifiedAccess>]
module internal ExpressionFaultText =
    let private q = Names.excerpt
    let private row (names: string list) = Names.row ", " names

    /// The stable code.
    let code (fault: ExpressionFault) : string =
        match fault with
        | ExpressionFault.Syntax _ -> "expression-syntax"
        | ExpressionFault.TooLong _ -> "expression-too-long"
        | ExpressionFault.NameUnknown _ -> "name-unknown"
        | ExpressionFault.FunctionUnknown _ -> "function-unknown"
        | ExpressionFault.ArgumentsWrong _ -> "arguments-wrong"
        | ExpressionFault.Undefined _ -> "expression-undefined"
        | ExpressionFault.CaptureNotNumber _ -> "capture-not-number"
        | ExpressionFault.LetRecursive _ -> "let-recursive"
        | ExpressionFault.NameReserved _ -> "name-taken"
        | ExpressionFault.ModelMissing _ -> "model-missing"
        | ExpressionFault.TensorMissing _ -> "tensor-not-in-model"
        | ExpressionFault.CountEmpty _ -> "count-empty"
        | ExpressionFault.CallUnsupported _ -> "call-unsupported"
        | ExpressionFault.LetUnused _ -> "let-unused"
        | ExpressionFault.RegexesTooMany _ -> "regexes-too-many"
        | ExpressionFault.RulesTooMany _ -> "rules-too-many"
        | ExpressionFault.ModelUnknown _ -> "model-unknown"
        | ExpressionFault.BaseRecursive _ -> "base-recursive"

    /// One sentence that says what is wrong and what to do.
    let message (fault: ExpressionFault) : string =
        match fault with
        | ExpressionFault.Syntax expected -> $"expected {expected}."
        | ExpressionFault.TooLong(length, most) ->
            $"an expression of {length} characters; at most {most} are read. Give parts of it names under \"let\"."
        | ExpressionFault.NameUnknown(name, known) -> $"'{q name}' has no value here; known are {row known}."
        | ExpressionFault.FunctionUnknown(name, known) -> $"'{q name}' is not a function; known are {row known}."
        | ExpressionFault.ArgumentsWrong(name, expected) -> $"{q name} takes {expected}."
        | ExpressionFault.Undefined operation -> $"{q operation} has no finite value."
        | ExpressionFault.CaptureNotNumber(name, text) -> $"the capture {q name} is '{q text}', which is not a number."
        | ExpressionFault.LetRecursive names ->
            let circle = Names.row " -> " names
            $"the definitions under \"let\" need each other: {circle}."
        | ExpressionFault.NameReserved name ->
            $"'{q name}' cannot name a capture or a definition; take letters, digits and _, and no name that expressions already have."
        | ExpressionFault.ModelMissing name ->
            $"'{q name}' asks for a model's tensors, which only the rules of a model's file know."
        | ExpressionFault.TensorMissing name ->
            $"the model has no tensor '{q name}'; ask has(\"…\") where it may be absent."
        | ExpressionFault.CountEmpty pattern -> $"no tensor of the model matches '{q pattern}'."
        | ExpressionFault.CallUnsupported(call, reason, instead) ->
            $"'{q call}' of PyTorch cannot be read: {q reason}; write {q instead}."
        | ExpressionFault.LetUnused(name, known) ->
            let others =
                if known.IsEmpty then
                    ""
                else
                    $", and no base defines it (known are {row known})"

            $"no rule uses the definition '{q name}'{others}."
        | ExpressionFault.RulesTooMany(rules, most) ->
            $"the patterns of {rules} rules were tried {most} times, and more tensors are left; begin or end patterns with characters rather than with * or a capture."
        | ExpressionFault.RegexesTooMany(count, most) ->
            $"the rules have {count} regular expressions; at most {most} are read. Write globs, such as *.weight or layers.{{i}}.weight."
        | ExpressionFault.ModelUnknown(name, known) ->
            let meant =
                match Names.nearest known name with
                | Some meant -> $"did you mean {meant}? Models"
                | None -> "models"

            $"neither a file nor a model is named '{q name}'; {meant} are {row known}."
        | ExpressionFault.BaseRecursive names ->
            let circle = Names.row " -> " names
            $"recipes name each other as their base: {circle}."
