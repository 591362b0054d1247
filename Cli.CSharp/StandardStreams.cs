using System.Runtime.InteropServices;
using System.Text;
using Initializers.Stateful;
using Microsoft.Win32.SafeHandles;

namespace Initializers.Cli;

/// <summary>
/// Standard output and standard error as the shell gave them. Where it gave none (<c>&gt;&amp;-</c>), the runtime may have
/// opened a file under the same number, which must not be written to.
/// </summary>
internal static partial class StandardStreams
{
    private const int Output = 1;
    private const int Error = 2;

    /// <summary>Whether somebody gave the program a standard output.</summary>
    internal static bool HasOutput { get; } = IsInherited(Output);

    /// <summary>Prevents the console from writing into files that replace its streams.</summary>
    internal static void Protect()
    {
        if (!HasOutput)
            Console.SetOut(new StreamWriter(new ClosedStream()) { AutoFlush = true });
        if (!IsInherited(Error))
            Console.SetError(TextWriter.Null);
    }

    /// <summary>Standard output as a stream that says when its reader has left.</summary>
    internal static Stream OpenOutput() =>
        !HasOutput ? new ClosedStream()
        : OperatingSystem.IsWindows() ? Console.OpenStandardOutput()
        : new FileStream(new SafeFileHandle(Output, ownsHandle: false), FileAccess.Write, bufferSize: 0);

    /// <summary>Opens standard output as a stream that ignores a reader that leaves early.</summary>
    internal static Stream OpenReport() => HasOutput ? Console.OpenStandardOutput() : new ClosedStream();

    /// <summary>
    /// A fault for each word that is not UTF-8: .NET reads its bytes as U+FFFD, so that another file would be written than
    /// the one that is named.
    /// </summary>
    internal static IEnumerable<Fault> UndecodableWords(string[] args)
    {
        if (!OperatingSystem.IsLinux() || !args.Any(word => word.Contains('\uFFFD', StringComparison.Ordinal)))
            return [];
        var line = File.ReadAllBytes("/proc/self/cmdline");
        List<byte[]> words = [];
        for (var start = 0; start < line.Length; )
        {
            var end = Array.IndexOf(line, (byte)0, start) is var found and >= 0 ? found : line.Length;
            words.Add(line[start..end]);
            start = end + 1;
        }

        return words
            .TakeLast(args.Length)
            .Zip(args)
            .Where(pair => !System.Text.Unicode.Utf8.IsValid(pair.First))
            .Select(pair => new Fault(
                "argument-invalid",
                $"the word '{pair.Second}' is not UTF-8, and its bytes would be read as another word."
            ));
    }

    /// <summary>What the program was given stays open in programs that it starts; what the runtime opened does not.</summary>
    private static bool IsInherited(int descriptor)
    {
        const int GetDescriptorFlags = 1;
        const int CloseOnExec = 1;
        return !OperatingSystem.IsLinux()
            || (Control(descriptor, GetDescriptorFlags) is var flags and >= 0 && (flags & CloseOnExec) == 0);
    }

    [DllImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);

    /// <summary>The standard output of a program that was given none.</summary>
    private sealed class ClosedStream : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new IOException("standard output is closed.");
    }
}
