namespace Initializers.Benchmarks;

/// <summary>The command line as a process: a model's file, against the same bytes written to the same disk.</summary>
internal static class InitProcess
{
    internal static Measurement Measure(Effort effort)
    {
        string folder = Directory.CreateTempSubdirectory("initializers-").FullName;
        try
        {
            string file = Path.Combine(folder, "gpt2.safetensors");
            double ours() => Processes.Timed(() => Init("--seed", "42", "--out", file));
            double started() => Processes.Timed(() => Init("--explain"));
            ours();
            long bytes = new FileInfo(file).Length;
            File.Delete(file);
            double written() => Processes.Timed(() => Write(file, bytes));
            written();
            var init = new List<double>();
            var start = new List<double>();
            var write = new List<double>();
            for (int round = 0; round < Math.Max(3, effort.Rounds / 4); round++)
            {
                File.Delete(file);
                init.Add(ours());
                start.Add(started());
                File.Delete(file);
                write.Add(written());
            }

            double process = Trial.Median(init);
            double disk = Trial.Median(write);
            // The runtime's start and the plan, which depend on the machine's load as all else does.
            double before = Trial.Median(start);
            return new Measurement(
                "init",
                "init of GPT-2, whole process",
                "writing the same bytes",
                Processes.Seconds(process),
                Processes.Seconds(disk),
                Math.Max(0, process - before) / disk,
                1.5
            )
            {
                IsLimit = true,
                Note = $"{Processes.Seconds(before)} of init --explain taken off",
            };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Init(params string[] words) =>
        Processes.Tool(["init", Paths.InRepository("models", "gpt2.json"), .. words]);

    private static void Write(string file, long bytes)
    {
        byte[] block = new byte[8 << 20];
        Random.Shared.NextBytes(block);
        using FileStream stream = new(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
            }
        );
        for (long left = bytes; left > 0; left -= block.Length)
        {
            stream.Write(block, 0, (int)Math.Min(left, block.Length));
        }
    }
}
