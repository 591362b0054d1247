module Initializers.Facade.FSharp.PlaceholderTests

open Initializers
open Xunit

[<Fact>]
let ``F# calls the facade`` () =
    Assert.Equal(42, FacadePlaceholder.Answer)
