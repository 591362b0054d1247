module Initializers.Properties.PlaceholderTests

open FsCheck.Xunit

[<Property>]
let ``reversing twice is the identity`` (xs: int list) = xs |> List.rev |> List.rev = xs
