using System.Diagnostics;
using Initializers.Models;
using Initializers.Stateful;
using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.PyBridge;
using Xunit;
using static TorchSharp.torch;

namespace Initializers.Torch.Tests;

public sealed class ModuleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("torch").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    private static torch.Tensor Of(nn.Module module, string name) => module.state_dict()[name];

    private static void AssertSameState(nn.Module expected, nn.Module actual)
    {
        foreach ((string name, torch.Tensor tensor) in expected.state_dict())
        {
            Assert.Equal(
                (name, Convert.ToHexString(tensor.Bytes())),
                (name, Convert.ToHexString(Of(actual, name).Bytes()))
            );
        }
    }

    public static TheoryData<string> Rules => ["torch", "conventional"];

    private static ModuleRules Named(string rules) =>
        rules == "torch"
            ? ModuleRules.Empty.Match("cls_token", "zeros").Otherwise(ModuleRules.Torch)
            : EveryModule.Rules("kaiming_normal(mode=fan_out)");

    [Theory]
    [MemberData(nameof(Rules))]
    public void TheFilesOfSaveOfInitAndOfTheBlueprintAreTheSameAndVerify(string rules)
    {
        using var model = new EveryModule();
        Initialization done = model.Initialize(42, Named(rules));
        done.Save(Path("saved.safetensors"));
        Assert.Equal(["positions"], done.Left);
        File.WriteAllText(Path("model.json"), done.Blueprint);
        Run("init", Path("model.json"), "--seed", "42", "--out", Path("init.safetensors"));
        Run("verify", Path("saved.safetensors"));
        Run("verify", Path("init.safetensors"));
        Initializers.Models.Inspection init = Initializers.Models.Inspection.Load(Path("init.safetensors"));
        Assert.Equal(done.Tensors.Count, init.Tensors.Count);

        using var loaded = new EveryModule();
        loaded.load_safetensors(Path("init.safetensors"), strict: false);
        AssertSameState(model, loaded);
    }

    /// <summary>Runs the tool, which must succeed.</summary>
    private static void Run(params string[] arguments)
    {
        string tool = System.IO.Path.Combine(AppContext.BaseDirectory, "Initializers.Cli.dll");
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet", [tool, .. arguments])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
    }
}
