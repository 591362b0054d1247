/// Checkpoints that are completed, of models with tied tensors.
module Initializers.Properties.FillMissingTieTests

open System.IO
open System.Threading
open Xunit
open Initializers
open Initializers.FSharp
open Initializers.Properties.Generators
open Initializers.Properties.FillMissingTests

[<Theory; InlineData(false); InlineData(true)>]
let ``a tensor that is tied to one of the checkpoint is not missing`` (copied: bool) =
    inFolder (fun at ->
        let tie =
            ", \"tie\": {\"lm_head\": \"wte\"}"
            + (if copied then ", \"tied\": \"copy\"" else "")

        let model = whole at (architecture tie)

        for holder in [ "wte"; "lm_head" ] do
            let _, dtype, shape, bytes = trained model "wte"

            let old =
                (holder, dtype, shape, bytes)
                :: (names |> List.except [ "wte"; "lm_head"; "score.w" ] |> List.map (trained model))

            File.WriteAllBytes(at "old.safetensors", checkpoint "{}" old)
            let filled = ok (fill { words at with Overwrite = true })
            // The target is in the file and the metadata name it, whichever the checkpoint has.
            Assert.Equal<(string * string) list>([ "lm_head", "wte" ], filled.Ties)
            let found, metadata = contents (at "new.safetensors")
            Assert.Equal("wte", metadata["tie:lm_head"])
            Assert.False(metadata.ContainsKey "tie:wte")
            Assert.Equal(copied, found.ContainsKey "lm_head")

            for name in "wte" :: (if copied then [ "lm_head" ] else []) do
                Assert.Equal((dtype, shape, bytes), found[name])

            let file =
                ok (Verification.ofFile (at "new.safetensors") Device.Cpu (fun _ _ -> ()) CancellationToken.None)

            Assert.Empty file.Different

        // Where both are missing, both are made with the bits of init.
        let old = names |> List.except [ "wte"; "lm_head" ] |> List.map (trained model)
        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" old)
        let _ = ok (fill { words at with Overwrite = true })
        let found, _ = contents (at "new.safetensors")

        for name in [ "wte"; "lm_head" ] do
            Assert.Equal(Map.tryFind name model, Map.tryFind name found))

[<Theory; InlineData(false); InlineData(true)>]
let ``a tie is kept where nothing is made, and is absent where the checkpoint has both tensors`` (copied: bool) =
    inFolder (fun at ->
        let tie =
            ", \"tie\": {\"lm_head\": \"wte\"}"
            + (if copied then ", \"tied\": \"copy\"" else "")

        let model = whole at (architecture tie)
        let others = names |> List.except [ "wte"; "lm_head" ] |> List.map (trained model)
        let _, dtype, shape, bytes = trained model "wte"
        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" (("lm_head", dtype, shape, bytes) :: others))
        let filled = ok (fill (words at))
        Assert.Equal<(string * string) list>([ "lm_head", "wte" ], filled.Ties)
        let found, metadata = contents (at "new.safetensors")
        Assert.Equal("wte", metadata["tie:lm_head"])
        Assert.Equal((dtype, shape, bytes), found["wte"])
        Assert.Equal(copied, found.ContainsKey "lm_head")

        // Two tensors of a checkpoint with other elements stay two.
        let both =
            [ "wte", dtype, shape, bytes; "lm_head", dtype, shape, noise 5 bytes.Length ]

        let old = both @ List.filter (fun (name, _, _, _) -> name <> "score.w") others
        File.WriteAllBytes(at "old.safetensors", checkpoint "{}" old)
        let filled = ok (fill { words at with Overwrite = true })
        Assert.Empty filled.Ties
        let found, metadata = contents (at "new.safetensors")
        Assert.False(metadata.ContainsKey "tie:lm_head")

        for name, dtype, shape, bytes in both do
            Assert.Equal((dtype, shape, bytes), found[name]))
