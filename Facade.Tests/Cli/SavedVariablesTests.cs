using System.Text.Json.Nodes;
using Initializers.Models;

namespace Initializers.Facade.Tests.Cli;

/// <summary>Variables that a program saves, verified by the command line.</summary>
public sealed class SavedVariablesTests : InFolder
{
    private static VariableDictionary Layers() =>
        Initializer.CreateAll(
            [new("up", new KaimingNormal(), [64, 16], Layout.OutIn), new("bias", new Zeros(), [16])],
            seed: 42
        );

    [Fact]
    public void Variables_as_they_were_made_verify()
    {
        using VariableDictionary layers = Layers();
        var progress = new List<WriteProgress>();
        layers.Save(At("m.safetensors"), progress: new Listener(progress.Add));
        Assert.Equal(new WriteProgress(4160, 4160), progress[^1]);
        Assert.Equal(["m.safetensors"], Listing());
        var run = Run("verify", "m.safetensors");
        Assert.Equal((0, 0), (run.ExitCode, run.Errors.Length));
        Assert.StartsWith(
            "m.safetensors: 2 tensors, 1,040 values, all equal to what is generated (seed 42, bits version 1), ",
            run.Text,
            StringComparison.Ordinal
        );
        run = Run("inspect", "m.safetensors");
        Assert.Equal((0, 0), (run.ExitCode, run.Errors.Length));
        Assert.Contains("spec:*: 2", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_variable_is_listed_as_not_generated()
    {
        using VariableDictionary layers = Layers();
        layers["up"].AsSpan<float>()[5] *= 2;
        float[] trained = layers["up"].ToArray<float>();
        layers.Save(At("m.safetensors"));
        var run = Run("verify", "m.safetensors");
        Assert.Equal((0, 0), (run.ExitCode, run.Errors.Length));
        var lines = run.Text.Split('\n');
        Assert.Equal(
            ["up", "F32", "[64,16]", "not", "generated"],
            lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)
        );
        Assert.StartsWith(
            "m.safetensors: 1 of 2 tensors not generated, the others equal to what is generated (seed 42, bits version 1), ",
            lines[3],
            StringComparison.Ordinal
        );

        var root = JsonNode.Parse(Run("verify", "m.safetensors", "--json").Output)!;
        Assert.Null(root["tensors"]![0]!["initializer"]);
        Assert.Null(root["tensors"]![0]!["different"]);
        Assert.Equal("zeros", (string)root["tensors"]![1]!["initializer"]!);
        Assert.Equal(1, (int)root["summary"]!["not_generated_tensors"]!);
        Assert.Equal(0, (int)root["summary"]!["different_tensors"]!);

        var verification = Verification.Run(At("m.safetensors"));
        Assert.Equal((1, 0), (verification.NotGeneratedTensors, verification.DifferentTensors));
        Assert.Equal(("up", null), (verification.Tensors[0].Name, verification.Tensors[0].Initializer));
        Assert.Null(verification.Tensors[0].Difference);
        verification.EnsureEqual();
        byte[] file = File.ReadAllBytes(At("m.safetensors"));
        Assert.Equal(
            trained,
            System
                .Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(file.AsSpan(file.Length - 4160, 4096))
                .ToArray()
        );

        // A byte that changes later is another matter.
        file[^1] ^= 1;
        File.WriteAllBytes(At("m.safetensors"), file);
        run = Run("verify", "m.safetensors");
        Assert.Contains(
            "1 of 2 tensors, 1 of 1,040 values not equal to what is generated, 1 not generated (seed 42",
            run.Text,
            StringComparison.Ordinal
        );
        Assert.Equal((1, "weights-differ"), (run.ExitCode, Assert.Single(run.Codes)));
        Assert.EndsWith("1 of 2 tensors is not what the metadata generate.", run.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_which_nothing_is_generated_has_nothing_to_compare()
    {
        using Tensor bias = new Zeros().CreateVariables([16], seed: 42);
        bias.Save(At("m.safetensors"), "b");
        var text = System.Text.Encoding.Latin1;
        string saved = text.GetString(File.ReadAllBytes(At("m.safetensors")));
        string edited = saved.Replace("\"spec:b\":\"zeros\"", "\"spec:b\":\"none\" ", StringComparison.Ordinal);
        File.WriteAllBytes(At("m.safetensors"), text.GetBytes(edited));
        var run = Run("verify", "m.safetensors");
        Assert.Equal((1, "origin-unknown"), (run.ExitCode, Assert.Single(run.Codes)));
        Assert.Contains("m.safetensors: 1 of 1 tensor not generated (seed 42", run.Text, StringComparison.Ordinal);
        Assert.Equal(["origin-unknown"], Make.Codes(Verification.Run(At("m.safetensors")).EnsureEqual));
    }

    [Fact]
    public void Single_variables_and_collections_of_any_seeds_are_saved()
    {
        using Tensor one = new GlorotUniform().CreateVariables([5, 7], "cpu", 5, 7, DType.BFloat16, seed: 3);
        one.Save(At("one.safetensors"));
        one.Save(At("named.safetensors"), "fc.weight");
        using var scope = InitializerRandom.Scope(9);
        using Tensor first = new RandomNormal(0, 0.02).CreateVariables([300]);
        using Tensor second = new Orthogonal().CreateVariables([8, 4], seed: ((Seed)5).Child("q"));
        new Dictionary<string, Tensor>
        {
            ["first"] = first,
            ["second"] = second,
            ["one"] = one,
        }.Save(At("all.safetensors"));
        new Dictionary<string, Tensor> { ["first"] = first }.Save(At("all.safetensors"), overwrite: true);
        (string, Tensor)[] pairs = [("b", second), ("a", one)];
        pairs.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2)).Save(At("pairs.safetensors"));
        Assert.Equal(4, Listing().Length);
        foreach (string name in Listing())
        {
            Verification.Run(At(name)).EnsureEqual();
        }

        Assert.Equal("fc.weight", Assert.Single(Verification.Run(At("named.safetensors")).Tensors).Name);
    }

    [Fact]
    public void Faults_come_at_once_and_leave_nothing()
    {
        using VariableDictionary layers = Layers();
        KeyValuePair<string, Tensor>[] twice = [.. layers, .. layers, new("__metadata__", layers["up"])];
        Assert.Equal(
            ["format-unknown", "name-reserved", "tensor-duplicate", "tensor-duplicate", "file-unwritable"],
            Make.Codes(() => twice.Save(At("absent/m.npy")))
        );
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(["cancelled"], Make.Codes(() => layers.Save(At("m.safetensors"), token: cancelled.Token)));
        Assert.Empty(Listing());
        layers.Save(At("m.safetensors"));
        Assert.Equal(["file-exists"], Make.Codes(() => layers.Save(At("m.safetensors"))));
        Assert.Throws<ArgumentNullException>(() => layers.Save(null!));
        Assert.Throws<ArgumentNullException>(() => ((VariableDictionary)null!).Save("m.safetensors"));
        Assert.Throws<ArgumentNullException>(() => layers["up"].Save(At("x.safetensors"), null!));
        Assert.Throws<ArgumentException>(() =>
            new[] { KeyValuePair.Create<string, Tensor>("a", null!) }.Save(At("x.safetensors"))
        );
        layers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => layers.Save(At("y.safetensors")));
        Assert.Equal(["m.safetensors"], Listing());
    }

    /// <summary>Where permissions hold: the superuser writes everywhere.</summary>
    [Fact]
    public void A_folder_that_takes_no_file_is_a_fault()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using VariableDictionary layers = Layers();
        string folder = Directory.CreateDirectory(At("closed")).FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        string path = System.IO.Path.Combine(folder, "m.safetensors");
        try
        {
            if (Environment.IsPrivilegedProcess)
            {
                layers.Save(path);
                Verification.Run(path).EnsureEqual();
            }
            else
            {
                Assert.Equal(["file-unwritable"], Make.Codes(() => layers.Save(path)));
                Assert.Empty(Directory.GetFileSystemEntries(folder));
            }
        }
        finally
        {
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private sealed class Listener(Action<WriteProgress> report) : IProgress<WriteProgress>
    {
        public void Report(WriteProgress value) => report(value);
    }
}
