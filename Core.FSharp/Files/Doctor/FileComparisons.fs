namespace Initializers.Files

open System
open System.Threading
open Initializers.FSharp

/// Compares a file with an earlier one, tensor by tensor.
[<RequireQualifiedAccess>]
module internal FileComparisons =
    /// Fewer elements do not say whether tensors are independent.
    let private least = 100L

    /// A weaker correlation is no sign of descent, even if it is significant.
    let private weakest = 0.05

    let private change before after token (earlier: StoredTensor) (later: StoredTensor) : TensorChange =
        let a, b = earlier.Tensor, later.Tensor

        let change fate relative correlation =
            { Name = b.Name
              Fate = fate
              Relative = relative
              Correlation = correlation
              Values = b.Shape.Length }

        if a.Shape <> b.Shape || not (TensorPass.isRead earlier && TensorPass.isRead later) then
            change TensorFate.Reshaped nan nan
        else
            let sums = TensorPass.sums (before, earlier) (after, later) token
            let n = float b.Shape.Length
            let varianceA = sums[2] - sums[0] * sums[0] / n
            let varianceB = sums[3] - sums[1] * sums[1] / n
            let covariance = sums[4] - sums[0] * sums[1] / n
            let relative = sqrt (sums[5] / sums[2])

            let correlation =
                if varianceA > 1.0e-12 * sums[2] && varianceB > 1.0e-12 * sums[3] then
                    covariance / sqrt (varianceA * varianceB)
                else
                    nan

            if sums[5] = 0.0 then
                change TensorFate.Same 0.0 correlation
            else
                change TensorFate.Changed relative correlation

    let private absent fate (tensor: StoredTensor) : TensorChange =
        { Name = tensor.Tensor.Name
          Fate = fate
          Relative = nan
          Correlation = nan
          Values = tensor.Tensor.Shape.Length }

    /// The changes from earlier tensors to later ones. A changed tensor is correlated with the earlier one if that is
    /// significant at a rate.
    let compare rate token path (earlier: StoredTensor list) (later: StoredTensor list) : FileComparison =
        // One file may be both.
        use earlierFiles = new TensorPass.Files()
        use laterFiles = new TensorPass.Files()
        let byName = later |> List.map (fun t -> t.Tensor.Name, t) |> dict
        let before = earlier |> List.map _.Tensor.Name |> set

        let changes =
            [ for tensor in earlier do
                  match byName.TryGetValue tensor.Tensor.Name with
                  | true, now -> change earlierFiles laterFiles token tensor now
                  | _ -> absent TensorFate.Missing tensor

              for tensor in later do
                  if not (before.Contains tensor.Tensor.Name) then
                      absent TensorFate.Added tensor ]

        let compared =
            changes
            |> List.filter (fun c ->
                c.Fate = TensorFate.Changed
                && c.Values >= least
                && Double.IsFinite c.Correlation)

        let correlated =
            compared
            |> List.filter (fun c ->
                c.Correlation > weakest
                && Goodness.twoSided (c.Correlation * sqrt (float c.Values)) < rate)

        let descent =
            if changes |> List.forall (fun c -> c.Fate = TensorFate.Same) then
                Descent.Same
            elif compared.IsEmpty then
                // What did not change was not drawn again.
                if
                    changes
                    |> List.exists (fun c -> c.Fate = TensorFate.Same && Double.IsFinite c.Correlation)
                then
                    Descent.Descends
                else
                    Descent.Unknown
            elif correlated.Length = compared.Length then
                Descent.Descends
            elif correlated.IsEmpty then
                Descent.Independent
            else
                Descent.Partly

        { Path = path
          Changes = changes
          Descent = descent
          Compared = compared.Length
          Correlated = correlated.Length }

    /// What the comparison says of the later file.
    let findings (comparison: FileComparison) : Finding list =
        let finding kind severity tensor message advice : Finding =
            { Kind = kind
              Severity = severity
              Tensor = tensor
              Others = []
              Message = message
              Advice = advice
              PValue = 0.0 }

        let earlier = Names.excerpt comparison.Path

        let descent =
            match comparison.Descent with
            | Descent.Independent
            | Descent.Partly ->
                let others = comparison.Compared - comparison.Correlated

                [ finding
                      FindingKind.NotDescended
                      Severity.Fault
                      ""
                      $"{others} of {comparison.Compared} changed tensors are independent of those of '{earlier}': the file does not descend from it as a whole."
                      "Compare with the file that training began from, or see which tensors were drawn again." ]
            | _ -> []

        let inOne =
            comparison.Changes
            |> List.collect (fun c ->
                let note text =
                    [ finding FindingKind.NotInBoth Severity.Note c.Name text "Compare files of one architecture." ]

                match c.Fate with
                | TensorFate.Missing -> note $"'{earlier}' has it, and this file does not."
                | TensorFate.Added -> note $"This file has it, and '{earlier}' does not."
                | TensorFate.Reshaped -> note $"It has another shape or type in '{earlier}'."
                | _ -> [])

        descent @ inOne
