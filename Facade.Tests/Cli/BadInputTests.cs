namespace Initializers.Facade.Tests.Cli;

/// <summary>Invalid requests: all faults are reported at once, each with its code, and no file is left.</summary>
public sealed class BadInputTests : InFolder
{
    private const string Tensor = """{"tensors": {"a": {"dtype": "F32", "shape": [2, 3]}}, """;

    public static TheoryData<string, string> Fills =>
        new()
        {
            { "fill normal --shape -1,3 --out w.npy", "shape-negative" },
            { "fill normal --shape 4294967296,4294967296 --out w.npy", "shape-overflow" },
            { "fill normal --shape 2,x --out w.npy", "shape-syntax" },
            { "fill normal --shape 2.5 --out w.npy", "shape-syntax" },
            { "fill he_normal --shape 2,3 --out w.npy", "fan-missing" },
            { "fill glorot_uniform --shape 2,3 --fan-in 4 --out w.npy", "fan-missing" },
            { "fill he_normal --shape 2,3 --fan-in 0 --out w.npy", "fan-not-positive" },
            { "fill he_normal --shape 2,1 --fan-in 0 --out w.npy", "fan-not-positive" },
            { "fill he_normal --shape 2,3 --fan-in nan --out w.npy", "fan-not-positive" },
            { "fill he_normal --shape 2,3 --fan-in ten --out w.npy", "argument-invalid" },
            { "fill he_normal --shape 2,3 --fan-in inf --out w.npy", "fan-not-positive" },
            // Fans that the spec does not use.
            { "fill normal --shape 2 --fan-in -5 --fan-out nan --out w.npy", "fan-not-positive fan-not-positive" },
            { "fill he_normal --shape 2 --fan-in 3 --fan-out 0 --out w.npy", "fan-not-positive" },
            { "fill glorot_normal --shape 2 --fan-in 0 --out w.npy", "fan-not-positive fan-missing" },
            { "fill he_normal --shape 2,3 --layout xy --out w.npy", "layout-unknown" },
            { "fill he_normal --shape 2,3,4 --layout oi --out w.npy", "layout-rank" },
            { "fill he_normal --shape 2,3 --layout oi --fan-in 3 --out w.npy", "argument-conflict" },
            { "fill he_normal(mode=fan_middle) --shape 2,3 --fan-in 3 --out w.npy", "fan-mode-unknown" },
            { "fill fan_uniform(numerator=-1,mode=fan_in,power=0.5) --shape 2 --fan-in 3 --out w.npy", "not-positive" },
            {
                "fill fan_uniform(numerator=1e300,mode=fan_in,power=2) --shape 2 --fan-in 3 --out w.npy",
                "spread-not-finite"
            },
            { "fill he_regular --shape 2 --out w.npy", "spec-unknown" },
            { "fill normal(sd=1) --shape 2 --out w.npy", "parameter-unknown" },
            { "fill normal(stddev=1,stddev=2) --shape 2 --out w.npy", "parameter-duplicate" },
            { "fill constant --shape 2 --out w.npy", "parameter-missing" },
            { "fill normal(stddev=big) --shape 2 --out w.npy", "parameter-not-number" },
            { "fill normal(stddev=1 --shape 2 --out w.npy", "spec-syntax" },
            { "fill normal(stddev=-1) --shape 2 --out w.npy", "stddev-negative" },
            { "fill normal(mean=nan) --shape 2 --out w.npy", "not-finite" },
            { "fill normal(stddev=inf) --shape 2 --out w.npy", "not-finite" },
            { "fill uniform(low=1,high=1) --shape 2 --out w.npy", "low-not-below-high" },
            { "fill uniform(low=1,high=1.00000001) --shape 2 --out w.npy", "interval-too-narrow" },
            { "fill variance_scaling(scale=0) --shape 2 --fan-in 3 --out w.npy", "scale-not-positive" },
            { "fill variance_scaling(distribution=cauchy) --shape 2 --fan-in 3 --out w.npy", "distribution-unknown" },
            { "fill normal(stddev=20000) --dtype float16 --shape 2 --out w.npy", "overflows-dtype" },
            { "fill constant(value=1e39) --shape 2 --out w.npy", "overflows-dtype" },
            { "fill normal --shape 2 --dtype int7 --out w.npy", "dtype-unknown" },
            { "fill normal --shape 2 --dtype int8 --out w.npy", "spec-not-whole" },
            { "fill permutation --shape 300 --dtype u8 --out w.npy", "not-exact" },
            { "fill kaiming_normal --shape 2 --dtype int64 --layout oi --out w.npy", "spec-not-whole layout-rank" },
            {
                "fill randint(low=3,high=3) --shape 2 --dtype int64 --offset 3 --out w.txt",
                "low-not-below-high slice-out-of-range format-unknown"
            },
            { "fill normal --shape 2 --dtype bfloat16 --out w.npy", "dtype-unsupported" },
            { "fill normal --shape 2 --out w.txt", "format-unknown" },
            { "fill normal --shape 2 --device cuda:99 --out w.npy", "device-absent" },
            { "fill normal --shape 2 --device tpu --out w.npy", "device-unknown" },
            { "fill normal --shape 2 --seed -1 --out w.npy", "argument-invalid" },
            { "fill normal --shape 2 --seed 18446744073709551616 --out w.npy", "argument-invalid" },
            { "fill normal --shape 10 --offset 8 --count 3 --out w.npy", "slice-out-of-range" },
            { "fill normal --shape 10 --offset 11 --out w.npy", "slice-out-of-range" },
            { "fill normal --shape 10 --count 9223372036854775807 --offset 1 --out w.npy", "slice-out-of-range" },
            { "fill normal --shape 10 --bogus 1 --out w.npy", "argument-unknown argument-unknown" },
            { "fill normal --shape 10", "argument-missing" },
            { "fill", "argument-missing argument-missing argument-missing" },
            { "words", "argument-missing" },
            { "words --seed x --count -2", "argument-invalid argument-invalid" },
            { "init m.json --seed 1 --out m.safetensors", "file-missing" },
            { "init m.json --seed 1 --out m.bin", "file-missing format-unknown" },
            { "init m.json --seed 1 --out m.safetensors --recipe gpt9", "recipe-unknown file-missing" },
            { "init m.json", "file-missing argument-missing argument-missing" },
            { "init m.json --explain", "file-missing" },
            { "init --explain --recipe gpt9 --dtype int8", "argument-missing recipe-unknown dtype-unknown" },
            { "init m.json --explain --bogus", "argument-unknown file-missing" },
            { "nonsense", "argument-unknown" },
            // Every fault of a request at once.
            { "fill normal(stddev=-1) --shape -1 --out a.npy", "shape-negative stddev-negative" },
            { "fill normal(stddev=-1) --shape 1,x --out a.npy", "shape-syntax stddev-negative" },
            { "fill normal(stddev=-1) --out a.npy", "argument-missing stddev-negative" },
            { "fill he_normal --shape 3,3 --dtype zz --out a.npy", "dtype-unknown fan-missing" },
            { "fill he_normal --shape -3,3 --out a.npy", "shape-negative fan-missing" },
            { "fill he_normal --shape -3 --layout oi --out a.npy", "shape-negative layout-rank" },
            {
                "fill uniform(5,1) --shape 3 --offset 5 --dtype zz --out a.npy",
                "dtype-unknown low-not-below-high slice-out-of-range"
            },
            {
                "fill he_normal --shape 3,3 --layout zz --fan-in 0 --out a.npy",
                "layout-unknown fan-not-positive argument-conflict"
            },
            { "fill normal(stddev=-1,foo=2) --shape 3 --out a.npy", "parameter-unknown stddev-negative" },
            { "fill uniform(low=5,hihg=9) --shape 3 --out a.npy", "parameter-unknown" },
            // What rests on a part that cannot be read is left out.
            { "fill normal(stddev=1e6) --shape 3 --dtype zz --out a.npy", "dtype-unknown" },
            { "fill he_normal --shape x --layout oi --out a.npy", "shape-syntax" },
            { "fill he_normal --shape -1,3 --layout oi --out a.npy", "shape-negative" },
            { "fill he_normal --shape 3,3 --layout zz --out a.npy", "layout-unknown" },
            { "fill he_normal --shape 3,3 --fan-in x --out a.npy", "argument-invalid" },
            {
                "fill he_regular --shape -1 --dtype int7 --device tpu --seed x --offset -1 --layout q --out w.txt",
                "spec-unknown shape-negative layout-unknown dtype-unknown device-unknown argument-invalid argument-invalid format-unknown"
            },
        };

    [Theory]
    [MemberData(nameof(Fills))]
    public void AWrongCommandLineIsToldWithItsCode(string line, string codes)
    {
        var run = Run(line.Split(' '));
        Assert.Equal(codes.Split(' ').Order(), run.Codes.Order());
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.Empty(Listing());
    }

    [Theory]
    [InlineData("sparse(0.5)")]
    [InlineData("orthogonal")]
    public void WhatDoesNotFitIntoMemoryIsToldAndNothingWritten(string spec)
    {
        var run = Run("fill", spec, "--shape", "900000000000000,1", "--out", "-");
        Assert.Equal(["workspace-exceeded"], run.Codes);
        Assert.Equal((1, 0), (run.ExitCode, run.Output.Length));
    }

    public static TheoryData<string, string> Blueprints =>
        new()
        {
            { "{\n  \"a\": {\"dtype\": \"F32\",\n  \"shape\": [2,}", "json-syntax" },
            { "", "json-syntax" },
            { "[]", "json-field" },
            { """{"a": {"dtype": "F32", "shape": [2]}, "a": {"dtype": "F32", "shape": [2]}}""", "tensor-duplicate" },
            { """{"a": {"dtype": "F8", "shape": [2]}}""", "dtype-unknown" },
            { """{"a": {"dtype": "I64", "shape": [2]}}""", "recipe-missing" },
            { """{"a": {"dtype": "F32", "shape": [-2]}}""", "shape-negative" },
            { """{"a": {"dtype": "F32", "shape": [4294967296, 4294967296]}}""", "shape-overflow" },
            {
                """{"a": {"dtype": "F32", "shape": [2.5]}, "b": {"dtype": "F32"}, "c": 3}""",
                "json-field json-field json-field"
            },
            { """{"a": {"dtype": "F32", "shape": [1e30], "size": 1}}""", "json-field json-field" },
            { Tensor + "\"rules\": []}", "tensor-unmatched" },
            {
                Tensor + """ "rules": [{"pattern": "*", "spec": "zeros"}, {"pattern": "b", "spec": "ones"}]}""",
                "rule-unused"
            },
            { Tensor + """ "rules": [{"pattern": "a", "spec": "zerros"}]}""", "spec-unknown" },
            { Tensor + """ "rules": [{"pattern": "a", "spec": {"initializer": "zerros"}}]}""", "spec-unknown" },
            { Tensor + """ "rules": [{"pattern": "a", "spec": {"class_name": "HeSquared"}}]}""", "keras-unknown" },
            { Tensor + """ "rules": [{"pattern": "a", "spec": "zeros", "layout": "xy"}]}""", "layout-unknown" },
            { Tensor + """ "rules": [{"regex": "(a", "spec": "zeros"}]}""", "pattern-invalid" },
            { Tensor + """ "rules": [{"regex": "a(?=b)", "spec": "zeros"}]}""", "pattern-invalid" },
            { Tensor + """ "rules": [{"pattern": "a", "regex": "a", "spec": "zeros"}]}""", "json-field" },
            { Tensor + """ "rules": [{"pattern": "a", "rank": -1, "spec": "zeros"}]}""", "json-field" },
            {
                Tensor + """ "rules": [{"pattern": "a", "rank": 3, "spec": "zeros"}]}""",
                "tensor-unmatched rule-unused"
            },
            {
                """{"tensors": {"a": {"dtype": "U8", "shape": [2]}}, "rules": [{"pattern": "a", "spec": "constant(-1)"}]}""",
                "not-exact"
            },
            {
                """{"tensors": {"a": {"dtype": "BOOL", "shape": [2]}}, "rules": [{"pattern": "a", "spec": "normal"}]}""",
                "tensor-unmatched rule-unused"
            },
            { Tensor + """ "rules": [{"pattern": "a", "spec": "he_normal"}]}""", "fan-missing" },
            {
                Tensor + """ "rules": [{"pattern": "a", "spec": "he_normal", "layout": "oi", "fan_in": 2}]}""",
                "json-field"
            },
            { Tensor + """ "rules": [], "recipe": "gpt2"}""", "json-field" },
            { Tensor + """ "recipe": "gpt9"}""", "recipe-unknown" },
            { Tensor + """ "receipt": "gpt2"}""", "json-field" },
            // A name that is half of a surrogate pair, longer and shorter than the names that are looked for.
            { """{"\ud800": {"dtype": "F32", "shape": [2]}}""", "json-field" },
            { """{"\ud800xyz": {"dtype": "F32", "shape": [2]}}""", "json-field" },
            { """{"\ud800xyz": {"dtype": "I64", "shape": [2]}, "a": {"dtype": "F32"}}""", "json-field json-field" },
            {
                """{"tensors": {"\ud800": {"dtype": "F32", "shape": [2]}}, "rules": [{"pattern": "*", "spec": "x"}]}""",
                "json-field spec-unknown"
            },
            { """{"tensors": {"shape": {"dtype": "F32", "shape": [2]}}, "rules": []}""", "tensor-unmatched" },
            { """{"tensors": {"shape": {"dtype": "F32", "shape": [2]}}, "recipe": "gpt2"}""", "tensor-unmatched" },
            // An architecture whose tensor is named "tensors".
            { """{"tensors": {"dtype": "F32", "shape": [2]}}""", "recipe-missing" },
            // A byte order mark before a right file and before a wrong one.
            { "\uFEFF" + Tensor + "\"rules\": []}", "tensor-unmatched" },
            { "\uFEFF{", "json-syntax" },
            { "{}", "tensors-missing" },
            { """{"__metadata__": {}}""", "tensors-missing" },
            { """{"tensors": {}, "rules": []}""", "tensors-missing" },
            // An unknown field hides nothing else.
            {
                """{"tensors": {"a": {"dtype": "F32", "shape": [-2]}}, "rule": [], "rules": [{"pattern": "a", "spec": "zerros"}]}""",
                "json-field shape-negative spec-unknown"
            },
        };

    [Theory]
    [MemberData(nameof(Blueprints))]
    public void AWrongBlueprintIsToldWithItsCode(string json, string codes)
    {
        File.WriteAllText(At("m.json"), json);
        var run = Run("init", "m.json", "--seed", "1", "--out", "m.safetensors");
        Assert.Equal(codes.Split(' '), run.Codes);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["m.json"], Listing());
    }

    [Theory]
    [InlineData("--dtype", "int8", "dtype-unknown fan-missing rule-unused")]
    [InlineData("--recipe", "gpt9", "recipe-unknown fan-missing rule-unused")]
    public void AnUnknownDtypeOrRecipeHidesNoFaultOfTheRules(string option, string value, string codes)
    {
        File.WriteAllText(
            At("m.json"),
            Tensor + """ "rules": [{"pattern": "a", "spec": "he_normal"}, {"pattern": "b", "spec": "ones"}]}"""
        );
        var run = Run("init", "m.json", "--seed", "1", "--out", "m.safetensors", option, value);
        Assert.Equal(codes.Split(' '), run.Codes);
    }

    [Fact]
    public void MalformedJsonIsToldInWordsForItsAuthor()
    {
        File.WriteAllText(At("m.json"), """{"a": {"dtype": "F32", "shape": [2,]}}""");
        var error = Assert.Single(Run("init", "m.json", "--recipe", "gpt2", "--explain").Errors);
        Assert.Contains("trailing comma", error, StringComparison.Ordinal);
        Assert.DoesNotContain("reader options", error, StringComparison.Ordinal);
        File.WriteAllText(At("m.json"), """{"rules": [{"pattern": "*", "spec": "zeros"}]}""");
        error = Assert.Single(Run("init", "m.json", "--explain").Errors);
        Assert.Contains("the field \"tensors\" is missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public void MalformedJsonIsToldWithLineAndColumn()
    {
        File.WriteAllText(At("m.json"), "{\n  \"a\": {\"dtype\": \"F32\",\n  \"shape\": [2,}\n}");
        var run = Run("init", "m.json", "--seed", "1", "--out", "m.safetensors");
        Assert.StartsWith(
            "error[json-syntax]: m.json, line 3, column 15: malformed JSON:",
            Assert.Single(run.Errors),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("formula('1/(j0-3)')", "'formula('1/(j0-3)')', column 11, at [3]: 1/0 has no finite value.")]
    [InlineData(
        "shift(1, formula(1/(j0-3)))",
        "'shift(1, formula(1/(j0-3)))', column 19, at [3]: 1/0 has no finite value."
    )]
    public void AFaultOfAFormulaHasItsColumnAndItsElement(string spec, string message) =>
        Assert.Equal(
            [$"error[expression-undefined]: {message}"],
            Run("fill", spec, "--shape", "8", "--out", "w.npy").Errors
        );

    [Theory]
    [InlineData("missing/w.npy")]
    [InlineData("m.json/w.npy")]
    [InlineData("/proc/w.npy")]
    public void AnUnwritableFolderIsAFailure(string path)
    {
        File.WriteAllText(At("m.json"), "{}");
        var run = Run("fill", "normal", "--shape", "2", "--out", path);
        Assert.Equal("file-unwritable", Assert.Single(run.Codes));
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["m.json"], Listing());
    }

    [Fact]
    public void AFileThatCannotBeOpenedIsAFailureOfThePathThatWasGiven()
    {
        if (!OperatingSystem.IsLinux())
            return;
        // No bytes, so that the check of the room on the disk lets it pass.
        var run = Run("fill", "normal", "--shape", "0", "--out", "/proc/w.bin");
        Assert.Equal("file-unwritable", Assert.Single(run.Codes));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'/proc/w.bin'", run.Errors[0], StringComparison.Ordinal);
        Assert.DoesNotContain(".partial", run.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyPathIsToldWithoutDotNetsParameterNames()
    {
        var run = Run("fill", "normal", "--shape", "2", "--out", "");
        Assert.Equal(["format-unknown", "file-unwritable"], run.Codes);
        Assert.DoesNotContain("Parameter", string.Concat(run.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("list > /dev/full", true)]
    [InlineData("--help > /dev/full", true)]
    [InlineData("words --seed 1 --count 3 > /dev/full", true)]
    [InlineData("fill ones --shape 3 --out - > /dev/full", true)]
    // The runtime may have opened another file in the place of a standard output that is closed.
    [InlineData("words --seed 1 --count 3 >&-", false)]
    [InlineData("fill ones --shape 3 --out - >&-", false)]
    public void AStandardOutputThatCannotBeWrittenIsAFailure(string line, bool certain)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var shell = CliProcess.Shell(Folder, line);
        var run = CliProcess.Finish(shell);
        if (certain || run.ExitCode != 0)
        {
            Assert.Equal("file-unwritable", Assert.Single(run.Codes));
            Assert.Equal(1, run.ExitCode);
        }

        Assert.Empty(Listing());
    }

    [Theory]
    [InlineData("fill x --shape 1 --out - 2> /dev/full")]
    [InlineData("fill x --shape 1 --out - 2>&-")]
    [InlineData("fill --bogus 2> /dev/full")]
    public void AStandardErrorThatCannotBeWrittenChangesNoExitCode(string line)
    {
        if (!OperatingSystem.IsLinux())
            return;
        using var shell = CliProcess.Shell(Folder, line);
        Assert.Equal(2, CliProcess.Finish(shell).ExitCode);
        Assert.Empty(Listing());
    }

    [Fact]
    public void AMissingFanIsToldWithItsOptions()
    {
        Assert.Contains(
            "give --fan-in, or a --layout, such as oi, that reads it from the shape",
            Assert.Single(Run("fill", "he_normal", "--shape", "2", "--out", "w.npy").Errors),
            StringComparison.Ordinal
        );
        // In a blueprint they are fields.
        File.WriteAllText(At("m.json"), Tensor + """ "rules": [{"pattern": "a", "spec": "he_normal"}]}""");
        Assert.DoesNotContain(
            "--fan-in",
            Assert.Single(Run("init", "m.json", "--explain").Errors),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("fill normal --out w.npy", "--shape is missing; give it, such as 1024,256.")]
    [InlineData("fill --shape 2 --out w.npy", "SPEC is missing; give it, such as kaiming_normal.")]
    [InlineData(
        "fill he_normal --shape 2 --fan-in x --out w.npy",
        "--fan-in is 'x'; expected a number such as 256 or 1e3."
    )]
    [InlineData(
        "fill he_normal --shape 2,3 --layout oi --fan-in 3 --out w.npy",
        "give either --layout or --fan-in and --fan-out, not both."
    )]
    [InlineData("fill normal --shape 3 --out w.npy x", "'x' is not understood here; --help lists what is.")]
    [InlineData("init --seed 1 --out m.safetensors", "BLUEPRINT is missing; give it, such as models/gpt2.json.")]
    [InlineData("words --seed 1 --count x", "--count is 'x'; expected a whole number, 0 or more.")]
    [InlineData("verify", "FILE is missing; give it, such as model.safetensors.")]
    [InlineData("inspect", "FILE is missing; give it, such as model.safetensors.")]
    public void FaultsOfParametersNameTheCommandsOptions(string line, string message) =>
        Assert.EndsWith(message, Assert.Single(Run(line.Split(' ')).Errors), StringComparison.Ordinal);

    [Theory]
    [InlineData("fill normal --shape --out w.npy", "argument-missing")]
    [InlineData("fill normal --shape 3 --out w.npy --seed --force", "argument-missing")]
    [InlineData("fill normal --shape 3 --out w.npy --seed", "argument-missing")]
    [InlineData("fill normal --shape 3 --out w.npy --shape 4", "argument-invalid")]
    [InlineData("fill normal --shape 3 --out w.npy --force=maybe", "argument-unknown")]
    [InlineData("fill normal --shape 3 --stream __metadata__ --out w.safetensors", "name-reserved")]
    [InlineData("fill normal --shape 3 --stream \uFFFD --out w.npy", "name-malformed")]
    [InlineData("words --seed 1 --stream \uFFFD", "name-malformed")]
    [InlineData("--", "argument-missing")]
    public void AWordInTheWrongPlaceIsOneFault(string line, string code)
    {
        var run = Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(code, Assert.Single(run.Codes));
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(Listing());
    }

    [Fact]
    public void AValueThatBeginsWithHyphensIsJoinedToItsOption() =>
        Assert.Equal(0, Run("fill", "normal", "--shape", "2", "--stream=--odd", "--out", "w.npy").ExitCode);

    [Fact]
    public void AFullDiskIsAFailureToldBeforeAnyWork()
    {
        var run = Run("fill", "normal", "--shape", "1000000000000000", "--out", "w.bin");
        Assert.Equal("file-unwritable", Assert.Single(run.Codes));
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(Listing());
    }
}
