using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace Initializers.Facade.Tests.Cli;

/// <summary>What a run of the program left: exit code, standard output as bytes, standard error as lines.</summary>
internal sealed record CliResult(int ExitCode, byte[] Output, string[] Errors)
{
    internal string Text => Encoding.UTF8.GetString(Output);

    /// <summary>The codes of the error lines, each of which must read <c>error[CODE]: message</c>.</summary>
    internal string[] Codes =>
        [
            .. Errors.Select(line =>
            {
                Assert.Matches(@"^error\[[a-z0-9-]+\]: .+$", line);
                return line[6..line.IndexOf(']', StringComparison.Ordinal)];
            }),
        ];
}

/// <summary>The command line as a process.</summary>
internal static class CliProcess
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Initializers.Cli.dll");

    /// <summary>The repository's root: the nearest folder above the tests that holds the solution.</summary>
    internal static string Root { get; } = FindRoot(new DirectoryInfo(AppContext.BaseDirectory));

    internal static Process Start(
        string folder,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments]);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Started(start, folder);
    }

    private static Process Started(ProcessStartInfo start, string folder)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.WorkingDirectory = folder;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Starts the program from a shell, for redirections that .NET does not offer.</summary>
    internal static Process Shell(string folder, string line) =>
        Started(new ProcessStartInfo("sh", ["-c", $"exec dotnet '{Program}' {line}"]), folder);

    /// <summary>The program where no code can be emitted at run time, as ahead of time: ILGPU cannot start.</summary>
    internal static CliResult RunWithoutDynamicCode(string folder, params string[] arguments)
    {
        var settings = Path.ChangeExtension(Program, ".runtimeconfig.json");
        var changed = Path.Combine(folder, "without-dynamic-code.json");
        var root = JsonNode.Parse(File.ReadAllText(settings))!;
        root["runtimeOptions"]!["configProperties"]![
            "System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported"
        ] = false;
        File.WriteAllText(changed, root.ToJsonString());
        return Finish(
            Started(new ProcessStartInfo("dotnet", ["exec", "--runtimeconfig", changed, Program, .. arguments]), folder)
        );
    }

    /// <summary>The program where no file may pass 20 MB, for arguments that nobody has looked at.</summary>
    internal static Process Bounded(string folder, IEnumerable<string> arguments) =>
        Started(
            new ProcessStartInfo("sh", ["-c", "ulimit -f 40960; exec dotnet \"$@\"", "sh", Program, .. arguments]),
            folder
        );

    /// <summary>The program where a file that passes 20 MB meets the error of a disk that is full.</summary>
    internal static Process OnFullDisk(string folder, IEnumerable<string> arguments) =>
        Started(
            new ProcessStartInfo(
                "sh",
                ["-c", "trap '' XFSZ; ulimit -f 40960; exec dotnet \"$@\"", "sh", Program, .. arguments]
            ),
            folder
        );

    /// <summary>A run whose output is a terminal of this width, with the program's own line ends; nothing where the
    /// machine has no `script`.</summary>
    internal static CliResult? InTerminal(string folder, int columns, string line) =>
        OperatingSystem.IsLinux() && File.Exists("/usr/bin/script")
            ? Finish(
                Started(
                    new ProcessStartInfo(
                        "script",
                        ["-qec", $"stty cols {columns}; exec dotnet '{Program}' {line}", "/dev/null"]
                    ),
                    folder
                )
            )
            : null;

    /// <summary>The exit code and the errors of a process that is given a time, of whose output the beginning is read; no
    /// code if it was ended then.</summary>
    internal static (int? ExitCode, string Errors) Watched(Process process, TimeSpan limit)
    {
        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            process.StandardOutput.Read(new char[65536]);
            process.StandardOutput.Close();
            if (process.WaitForExit(limit))
                return (process.ExitCode, errors.Result);

            process.Kill(true);
            return (null, errors.Result);
        }
    }

    internal static CliResult Run(string folder, params string[] arguments) => Finish(Start(folder, arguments));

    internal static CliResult Finish(Process process)
    {
        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            using var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            process.WaitForExit();
            return new CliResult(
                process.ExitCode,
                output.ToArray(),
                errors.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            );
        }
    }

    private static string FindRoot(DirectoryInfo? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Initializers.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("the tests run outside of the repository");
    }
}

/// <summary>A folder of a test's own, gone afterwards.</summary>
public abstract class InFolder : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("initializers-").FullName;

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string At(string name) => Path.Combine(Folder, name);

    protected string[] Listing() =>
        [.. Directory.GetFileSystemEntries(Folder).Select(p => Path.GetFileName(p)).Order()];

    internal CliResult Run(params string[] arguments) => CliProcess.Run(Folder, arguments);
}
