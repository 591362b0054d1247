using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Initializers.Models;
using Initializers.Mpi;
using Initializers.Stateful;
using MPI;

// MPI.NET asks for Microsoft's library. Handles of MPICH's are the same numbers; those of Open MPI are others.
foreach (var assembly in new[] { typeof(Communicator).Assembly, Assembly.GetExecutingAssembly() })
    NativeLibrary.SetDllImportResolver(
        assembly,
        (name, _, _) =>
            name.StartsWith("msmpi", StringComparison.Ordinal) ? NativeLibrary.Load("libmpich.so.12") : IntPtr.Zero
    );

var model = new Argument<string>("MODEL")
{
    Description = "what 'initializers init' takes: a blueprint, an architecture or a model's name",
};
var seed = new Option<string>("--seed") { Required = true };
var folder = new Option<string>("--out") { Required = true };
var recipe = new Option<string>("--recipe");
var dtype = new Option<string>("--dtype");
var most = new Option<string>("--max-shard-size");
var unit = new Option<long>("--unit")
{
    DefaultValueFactory = _ => 64L << 20,
    Description = "the bytes of a unit of work",
};
var force = new Option<bool>("--force");
var resume = new Option<bool>("--resume");
var init = new Command("init", "Write a model's initial weights with all ranks of an MPI run.")
{
    model,
    seed,
    folder,
    recipe,
    dtype,
    most,
    unit,
    force,
    resume,
};
init.SetAction(words =>
{
    var code = 0;
    MPI.Environment.Run(ranks =>
        code = Run(
            ranks,
            new ModelRequest
            {
                Blueprint = words.GetValue(model),
                Seed = words.GetValue(seed),
                Out = words.GetValue(folder),
                Recipe = words.GetValue(recipe),
                DType = words.GetValue(dtype),
                MaxShardSize = words.GetValue(most),
                Rank = $"{ranks.Rank}",
                WorldSize = $"{ranks.Size}",
                Overwrite = words.GetValue(force),
                Resume = words.GetValue(resume),
            },
            words.GetValue(unit),
            words.GetValue(force)
        )
    );
    return code;
});
return new RootCommand("Initial weights by several processes with MPI.") { init }
    .Parse(args)
    .Invoke();

static int Run(Intracommunicator ranks, ModelRequest request, long unitBytes, bool overwrite)
{
    // A request that is wrong is wrong for all; the first rank that finds it says so, and all end.
    var faults = request.Faults();
    var first = ranks.Allreduce(faults.Count > 0 ? ranks.Rank : int.MaxValue, Operation<int>.Min);
    if (first < int.MaxValue)
    {
        if (ranks.Rank == first)
            Tell(faults);
        return 2;
    }

    try
    {
        Write(ranks, request, unitBytes, overwrite);
        return 0;
    }
    catch (InitializerException e)
    {
        Tell(e.Faults);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
    {
        Console.Error.WriteLine($"error: {e.Message}");
    }

    // The others wait for this rank, and would for ever.
    ranks.Abort(1);
    return 1;
}

static void Write(Intracommunicator ranks, ModelRequest request, long unitBytes, bool overwrite)
{
    var clock = Stopwatch.StartNew();
    double[] own = [0, 0, 0];
    using (var shared = request.Share(unitBytes))
    using (var queue = new SharedQueue(shared.Units, ranks.Rank, ranks.Size))
    {
        while (queue.Take() is { } taken)
        {
            shared.Write(taken.Unit);
            own[0] += shared.Units[taken.Unit];
            own[1]++;
            own[2] += taken.Share == ranks.Rank ? 0 : 1;
        }

        shared.Complete();
    }

    ranks.Barrier();
    if (ranks.Rank == 0)
        WrittenFiles.Finish(request.Out!, overwrite);
    ranks.Barrier();
    var seconds = clock.Elapsed.TotalSeconds;
    var all = ranks.GatherFlattened(own, 0);
    if (Statistics.Gather(ranks, request.Out!) is not { } found)
        return;
    for (var rank = 0; rank < ranks.Size; rank++)
        Console.WriteLine(
            FormattableString.Invariant(
                $"rank {rank}: {all[3 * rank] / 1e6:F1} MB in {all[3 * rank + 1]} units, {all[3 * rank + 2]} of them of other ranks"
            )
        );
    foreach (var line in found.Checksums)
        Console.WriteLine(line);
    Console.WriteLine(
        FormattableString.Invariant(
            $"{request.Out}: {found.Tensors} tensors, {found.Values} values, mean {found.Mean:g6}, stddev {found.Stddev:g6}, {found.NotFinite} not finite, {ranks.Size} ranks, {seconds:F1} s"
        )
    );
}

static void Tell(IReadOnlyList<Fault> faults)
{
    foreach (var fault in faults)
        Console.Error.WriteLine($"error[{fault.Code}]: {fault.Message}");
}
