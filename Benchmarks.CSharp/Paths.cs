namespace Initializers.Benchmarks;

internal static class Paths
{
    /// <summary>A path below the folder that holds the solution.</summary>
    internal static string InRepository(params string[] path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Initializers.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine([folder ?? throw new InvalidOperationException("run within the repository."), .. path]);
    }
}
