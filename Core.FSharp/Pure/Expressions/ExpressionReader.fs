namespace Initializers.FSharp

open System
open System.Collections.Generic

/// Reads expressions into steps by Dijkstra's two stacks (1961): in time and memory linear in the text, without recursion, so
/// that no depth of parentheses overflows a thread's stack.
[<RequireQualifiedAccess>]
module internal ExpressionReader =
    open ExpressionTokens

    /// The most characters that are read.
    [<Literal>]
    let Limit = 131072

    /// What waits on the second stack until its last number is there.
    [<RequireQualifiedAccess>]
    type private Waiting =
        | Operator of Operation * precedence: int * count: int * start: int
        /// A parenthesis, that of a call with the function's name.
        | Open of call: string * start: int

    /// The arguments of a call that is not closed.
    type private Call() =
        member val Numbers = 0 with get, set
        member val Texts = ResizeArray<string>()
        /// Whether the argument that is being read is a text.
        member val IsText = false with get, set
        /// Jumps of a choice, whose targets are not known yet.
        member val Jumps = ResizeArray<int>()

    let private choice = "where"
    let private gain = "gain"

    let private precedence (operator: string) =
        match operator with
        | "+"
        | "-" -> 2
        | "*"
        | "/" -> 3
        | "^" -> 5
        | _ -> 1

    let private signs = 4

    let private operations =
        Operation.functions |> List.map (fun o -> o.Name, o) |> Map.ofList

    let private questions =
        Question.known
        |> List.map (fun (name, question, texts, takes) -> name, (question, texts, takes))
        |> Map.ofList

    let functionNames =
        (Operation.functions |> List.map _.Name)
        @ [ choice; gain ]
        @ (Question.known |> List.map (fun (name, _, _, _) -> name))

    /// What reads one text. After the first fault it stops.
    type private Reader(text: string) =
        let steps = ResizeArray<Step>()
        let places = ResizeArray<struct (int * int)>()
        let waiting = Stack<Waiting>()
        let calls = Stack<Call>()
        let mutable fault: struct (int * ExpressionFault) voption = ValueNone

        let refuse place reason =
            if fault.IsNone then
                fault <- ValueSome(struct (place, reason))

        let expect place expected =
            refuse place (ExpressionFault.Syntax expected)

        let takes name expected place =
            refuse place (ExpressionFault.ArgumentsWrong(name, expected))

        let emit step start ended =
            steps.Add step
            places.Add(struct (start, ended))

        let blanks start = run Char.IsWhiteSpace text start

        /// Writes operators that bind at least as strongly as the next one.
        let rec flush least =
            match waiting.TryPeek() with
            | true, Waiting.Operator(operation, strength, count, start) when strength >= least ->
                waiting.Pop() |> ignore
                emit (Step.Apply(operation, count)) start (start + operation.Name.Length)
                flush least
            | _ -> ()

        /// Ends an argument of the innermost call at a comma or a parenthesis.
        let argument (name: string) place =
            let call = calls.Peek()

            if call.IsText then
                call.IsText <- false
            else
                call.Numbers <- call.Numbers + 1

                match call.Numbers with
                | 1 when name = choice ->
                    call.Jumps.Add steps.Count
                    emit (Step.JumpIfZero 0) place place
                | 2 when name = choice ->
                    call.Jumps.Add steps.Count
                    emit (Step.Jump 0) place place
                    steps[call.Jumps[0]] <- Step.JumpIfZero steps.Count
                | _ -> ()

        /// Takes the axis of a question back from the steps: a number, or the negative of one.
        let axis () : float voption =
            let back count value =
                steps.RemoveRange(steps.Count - count, count)
                places.RemoveRange(places.Count - count, count)
                ValueSome value

            match Seq.toList (Seq.skip (max 0 (steps.Count - 2)) steps) with
            | [ Step.Number x; Step.Apply(operation, 1) ] when operation = Operation.negate -> back 2 -x
            | [ _; Step.Number x ]
            | [ Step.Number x ] -> back 1 x
            | _ -> ValueNone

        let argumentsOf (name: string) : string =
            match Map.tryFind name operations, Map.tryFind name questions with
            | Some operation, _ -> operation.Takes
            | None, Some(_, _, expected) -> expected
            | None, None -> "a condition, the value where it is not 0, and the value where it is"

        /// Ends a call.
        let close (name: string) start ended =
            let call = calls.Pop()
            let wrong () = takes name (argumentsOf name) start

            match Map.tryFind name operations, Map.tryFind name questions with
            | Some operation, _ when call.Texts.Count = 0 && Operation.takes operation call.Numbers ->
                emit (Step.Apply(operation, call.Numbers)) start ended
            | None, Some(Question.Dim, texts, _) when call.Texts.Count = texts && call.Numbers = 1 ->
                match axis () with
                | ValueSome axis -> emit (Step.Ask(Question.Dim, List.ofSeq call.Texts, axis)) start ended
                | ValueNone -> wrong ()
            | None, Some(question, texts, _) when
                question <> Question.Dim && call.Texts.Count = texts && call.Numbers = 0
                ->
                emit (Step.Ask(question, List.ofSeq call.Texts, 0.0)) start ended
            | None, None when call.Texts.Count = 0 && call.Numbers = 3 -> steps[call.Jumps[1]] <- Step.Jump steps.Count
            | _ -> wrong ()

        /// The gain of a nonlinearity in parentheses, and where they end: gain(leaky_relu(0.2)), or as PyTorch has it
        /// calculate_gain('leaky_relu', 0.2).
        let gainOf (start: int) : int =
            let rec closing depth at =
                if at >= text.Length then -1
                elif text[at] = '(' then closing (depth + 1) (at + 1)
                elif text[at] = ')' && depth = 0 then at
                elif text[at] = ')' then closing (depth - 1) (at + 1)
                else closing depth (at + 1)

            let last = closing 0 start

            let name =
                match (if last < 0 then "" else text.Substring(start, last - start)).Split ',' with
                | [| name; parameter |] -> $"{name.Trim().Trim('"', '\'')}({parameter.Trim()})"
                | all -> all[0].Trim().Trim('"', '\'')

            match Nonlinearity.parse name |> Result.bind Gain.recommended with
            | Ok value -> emit (Step.Number value) start (last + 1)
            | Error _ -> takes gain "a nonlinearity such as relu or leaky_relu(0.2)" start

            if last < 0 then text.Length else last + 1

        let operand = "a number, a name or an opening parenthesis"

        /// Reads a token where a number may begin; returns where to go on, and whether another number is expected.
        let readOperand token start ended : struct (int * bool) =
            match token with
            | Token.Number x ->
                emit (Step.Number x) start ended
                struct (ended, false)
            | Token.Name name ->
                let next = blanks ended

                if next >= text.Length || text[next] <> '(' then
                    emit (Step.Name name) start ended
                    struct (ended, false)
                elif name = gain || name = "calculate_gain" then
                    struct (gainOf (next + 1), false)
                elif name = "float" then
                    // Python's float('inf')
                    let last = text.IndexOf(')', next)

                    let word =
                        if last < 0 then
                            ""
                        else
                            text.Substring(next + 1, last - next - 1).Trim().Trim('"', '\'')

                    match NumberText.real word with
                    | Some x when not (Double.IsNaN x) -> emit (Step.Number x) start (last + 1)
                    | _ -> takes name "a number in quotes, such as 'inf'" start

                    struct ((if last < 0 then text.Length else last + 1), false)
                elif List.contains name functionNames then
                    waiting.Push(Waiting.Open(name, start))
                    calls.Push(Call())
                    struct (next + 1, true)
                else
                    refuse start (ExpressionFault.FunctionUnknown(name, functionNames))
                    struct (ended, true)
            | Token.Text part ->
                match waiting.TryPeek() with
                | true, Waiting.Open(name, _) when questions.ContainsKey name ->
                    calls.Peek().Texts.Add part
                    calls.Peek().IsText <- true
                | _ -> expect start operand

                struct (ended, false)
            | Token.Sign "-" ->
                waiting.Push(Waiting.Operator(Operation.negate, signs, 1, start))
                struct (ended, true)
            | Token.Sign "+" ->
                waiting.Push(Waiting.Operator(Operation.identity, signs, 1, start))
                struct (ended, true)
            | Token.Sign "(" ->
                waiting.Push(Waiting.Open("", start))
                struct (ended, true)
            | Token.Broken expected ->
                expect start expected
                struct (ended, true)
            | _ ->
                match token, waiting.TryPeek() with
                | Token.Sign ")", (true, Waiting.Open(name, opened)) when name <> "" ->
                    takes name (argumentsOf name) opened
                | _ -> expect start operand

                struct (ended, true)

        /// Whether a comparison waits for its second number.
        let compares () =
            match waiting.TryPeek() with
            | true, Waiting.Operator(_, 1, 2, _) -> true
            | _ -> false

        /// Reads a token after a number; returns whether another number is expected.
        let readOperator token start ended : bool =
            match token with
            | Token.Sign "," ->
                flush 0

                match waiting.TryPeek() with
                | true, Waiting.Open(name, _) when name <> "" -> argument name start
                | _ -> expect start "an operator or the end"

                true
            | Token.Sign ")" ->
                flush 0

                match waiting.TryPop() with
                | true, Waiting.Open("", _) -> ()
                | true, Waiting.Open(name, opened) ->
                    argument name start
                    close name opened ended
                | _ -> expect start "an opening parenthesis before this one"

                false
            | Token.Sign sign when sign <> "(" ->
                if calls.Count > 0 && calls.Peek().IsText then
                    expect start "a comma or a closing parenthesis after a text"

                let strength = precedence sign
                // The base of a power is the value before it; the exponent extends as far as it can.
                flush (
                    if sign = "^" || strength = 1 then
                        strength + 1
                    else
                        strength
                )

                if strength = 1 && compares () then
                    expect start "parentheses around one of two comparisons"

                waiting.Push(Waiting.Operator(Operation.operators[sign], strength, 2, start))
                true
            | Token.Broken expected ->
                expect start expected
                true
            | _ ->
                expect start "an operator such as + or *"
                true

        member _.Read() : Result<struct (Step[] * struct (int * int)[]), struct (int * ExpressionFault)> =
            let mutable at = 0
            let mutable isOperand = true
            let mutable isEnded = false

            while not isEnded && fault.IsNone do
                let start = blanks at
                let struct (token, ended) = token text start

                match token, isOperand with
                | Token.End, false ->
                    flush 0

                    if waiting.Count > 0 then
                        expect text.Length "a closing parenthesis"

                    isEnded <- true
                | token, true ->
                    let struct (next, another) = readOperand token start ended
                    at <- next
                    isOperand <- another
                | token, false ->
                    isOperand <- readOperator token start ended
                    at <- ended

            match fault with
            | ValueSome wrong -> Error wrong
            | ValueNone -> Ok(struct (steps.ToArray(), places.ToArray()))

    /// Reads the text that begins at a column of a source, counted from 1.
    let read (source: string) (text: string) (column: int) : Result<Expression, InitError> =
        let body = text.Trim()
        let column = column + text.Length - text.TrimStart().Length

        let read =
            if body.Length > Limit then
                Error(struct (0, ExpressionFault.TooLong(body.Length, Limit)))
            else
                Reader(body).Read()

        match read with
        | Ok(struct (steps, places)) -> Ok(Expression(source, body, column, steps, places))
        | Error(struct (place, reason)) ->
            let at = column + place
            Error(InitError.InExpression(Names.excerptAt at source, at, InitError.Expression reason))
