using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Initializers.Models;
using Spectre.Console;

namespace Initializers.Cli;

/// <summary>What a person sees: a bar on standard error while a file grows, and lists.</summary>
internal static class Display
{
    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>Runs work with a progress bar, if standard error is a terminal. The bar is there from the first bytes on: a
    /// request that is wrong has none.</summary>
    internal static T Progress<T>(string title, Func<IProgress<WriteProgress>?, T> work)
    {
        if (Console.IsErrorRedirected)
            return work(null);

        var listener = new Listener();
        var working = Task.Run(() => work(listener));
        if (Task.WaitAny(working, listener.Started) != 0)
            AnsiConsole
                .Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
                .Progress()
                .AutoClear(true)
                .Columns(
                    new TaskDescriptionColumn(),
                    new ProgressBarColumn(),
                    new PercentageColumn(),
                    new DownloadedColumn { Base = FileSizeBase.Decimal },
                    new TransferSpeedColumn { Base = FileSizeBase.Decimal },
                    new RemainingTimeColumn()
                )
                .Start(context =>
                {
                    listener.Show(context.AddTask(title));
                    Task.WaitAny(working);
                });
        return working.GetAwaiter().GetResult();
    }

    internal static void Table(string title, IReadOnlyList<KnownName> names)
    {
        if (names.Count == 0)
            return;
        // A long name has its summary in the lines below it.
        var columns = Width(int.MaxValue);
        var width = names.Where(n => n.Name.Length <= columns / 3).Select(n => n.Name.Length).DefaultIfEmpty(12).Max();
        Console.WriteLine(title);
        foreach (var name in names)
        {
            if (name.Name.Length <= width)
            {
                Wrapped(Console.Out, $"  {name.Name.PadRight(width)}  {name.Summary}", width + 4, columns);
                continue;
            }

            Wrapped(Console.Out, $"  {name.Name}", 6, columns);
            Wrapped(Console.Out, new string(' ', width + 4) + name.Summary, width + 4, columns);
        }

        Console.WriteLine();
    }

    /// <summary>The columns of the terminal, or these where the output is a file or another program.</summary>
    internal static int Width(int elsewhere) =>
        Console.IsOutputRedirected || Console.WindowWidth <= 0 ? elsewhere : Console.WindowWidth;

    /// <summary>
    /// Writes a line of at most this many columns, and what is left of it in further ones that begin with
    /// <paramref name="hang"/> spaces, broken at spaces where there are some.
    /// </summary>
    internal static void Wrapped(TextWriter output, string line, int hang, int width)
    {
        // Next to a long name there is no room for columns of text.
        while (line.Length > width && width >= hang + 20)
        {
            var cut = line.LastIndexOf(' ', width);
            var at = cut > hang ? cut : width;
            output.WriteLine(line[..at].TrimEnd());
            line = new string(' ', hang) + line[at..].TrimStart();
        }

        output.WriteLine(line);
    }

    /// <summary>A text of a file on one line, with escapes for what could steer a terminal or deceive a reader.</summary>
    internal static string Line(string text) => Visible.Line(text);

    /// <summary>Writes rows of cells in columns: right-aligned if <paramref name="right"/> says so, else left-aligned.</summary>
    internal static void Columns(TextWriter output, IReadOnlyList<string[]> rows, bool[]? right = null)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Max(r => r[i].GetCellWidth()))];
        foreach (var row in rows)
        {
            var cells = row.Select((cell, i) => Padded(cell, widths[i], right is not null && right[i]));
            output.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    /// <summary>One JSON document, in one write, so that a reader never sees half of it.</summary>
    internal static void Json(Stream stream, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
            write(json);
        var document = Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        stream.Write(Encoding.UTF8.GetBytes(Visible.Json(document) + "\n"));
    }

    /// <summary>What every tensor of a JSON document begins with.</summary>
    internal static void Tensor(Utf8JsonWriter json, string name, string dtype, IReadOnlyList<long> shape)
    {
        json.WriteString("name", name);
        json.WriteString("dtype", dtype);
        Indices(json, "shape", shape);
    }

    /// <summary>A number for each axis.</summary>
    internal static void Indices(Utf8JsonWriter json, string name, IReadOnlyList<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
            json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    /// <summary>A tensor's name on one line; an empty one is seen.</summary>
    internal static string Name(string name) => name.Length == 0 ? "\"\"" : Line(name);

    /// <summary>Six significant digits; -0 is 0.</summary>
    internal static string Number(double value) => (value + 0.0).ToString("g6", CultureInfo.InvariantCulture);

    internal static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A count of things, in the singular for one.</summary>
    internal static string Many(long count, string what) => $"{Count(count)} {what}{(count == 1 ? "" : "s")}";

    /// <summary>Pads by the cells that a terminal gives a text: names may have wide characters.</summary>
    private static string Padded(string cell, int width, bool right = false)
    {
        var space = new string(' ', Math.Max(0, width - cell.GetCellWidth()));
        return right ? space + cell : cell + space;
    }

    /// <summary>A number of bytes in decimal units.</summary>
    internal static string Bytes(long bytes)
    {
        double value = bytes;
        var unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return unit == 0 ? $"{bytes} B" : $"{value:F1} {Units[unit]}";
    }

    private sealed class Listener : IProgress<WriteProgress>
    {
        private readonly TaskCompletionSource started = new();
        private volatile ProgressTask? bar;

        /// <summary>Ends with the first report.</summary>
        internal Task Started => started.Task;

        internal void Show(ProgressTask task) => bar = task;

        public void Report(WriteProgress value)
        {
            started.TrySetResult();
            if (bar is not { } task)
                return;
            task.MaxValue = Math.Max(1, value.Total);
            task.Value = value.Written;
        }
    }
}
