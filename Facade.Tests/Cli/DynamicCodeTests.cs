namespace Initializers.Facade.Tests.Cli;

/// <summary>The program where no code can be emitted at run time: nothing on the CPU may start ILGPU.</summary>
public sealed class DynamicCodeTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("initializers-cli-").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    [Fact]
    public void Without_dynamic_code_the_CPU_gives_the_same_bytes()
    {
        string[] words = ["fill", "orthogonal", "--shape", "40,30", "--seed", "42", "--out", "-"];
        var expected = CliProcess.Run(folder, words);
        var actual = CliProcess.RunWithoutDynamicCode(folder, words);
        Assert.Equal(0, actual.ExitCode);
        Assert.Equal(40 * 30 * 4, actual.Output.Length);
        Assert.Equal(expected.Output, actual.Output);
    }

    [Theory]
    [InlineData("cuda:0", "device-failed")]
    [InlineData("opencl:3", "device-failed")]
    [InlineData("cuda:x", "device-unknown")]
    public void Without_dynamic_code_a_GPU_is_a_fault_that_names_the_reason(string device, string code)
    {
        var result = CliProcess.RunWithoutDynamicCode(
            folder,
            "fill",
            "ones",
            "--shape",
            "2",
            "--device",
            device,
            "--seed",
            "1",
            "--out",
            "a.npy"
        );
        Assert.Equal(code, Assert.Single(result.Codes));
        Assert.Equal(
            code == "device-failed",
            result.Errors[0].Contains("published ahead of time", StringComparison.Ordinal)
        );
        Assert.False(File.Exists(Path.Combine(folder, "a.npy")));
    }

    [Fact]
    public void Without_dynamic_code_the_devices_are_the_CPU_alone()
    {
        var result = CliProcess.RunWithoutDynamicCode(folder, "devices");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("cpu", result.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("cuda:", result.Text, StringComparison.Ordinal);
    }
}
