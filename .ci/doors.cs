// A program that `.ci/pack` publishes ahead of time, trimmed and as a single file. It calls the library's entry points on the CPU
// and compares all cases of the golden files. Arguments: the golden files' folder, an empty folder to write to, and `ilgpu`
// where the program can use ILGPU.
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Initializers;
using Initializers.Models;
using Initializers.Stateful;

string golden = args[0];
string folder = args[1];
Seed model = 42;
long checks = 0;

void Same<T>(string door, ReadOnlySpan<T> expected, ReadOnlySpan<T> actual)
    where T : unmanaged
{
    checks++;
    if (!MemoryMarshal.AsBytes(expected).SequenceEqual(MemoryMarshal.AsBytes(actual)))
        throw new InvalidOperationException($"{door}: other bits");
}

void Is(string door, object? expected, object? actual)
{
    checks++;
    if (!Equals(expected, actual))
        throw new InvalidOperationException($"{door}: expected {expected}, but is {actual}");
}

string[] Codes(Action call)
{
    try
    {
        call();
        return [];
    }
    catch (InitializerException e)
    {
        return [.. e.Faults.Select(fault => fault.Code)];
    }
}

// --- golden files

int cases = 0;
foreach (string path in Directory.GetFiles(golden, "*.json"))
{
    using JsonDocument file = JsonDocument.Parse(File.ReadAllText(path));
    string dtype = file.RootElement.GetProperty("dtype").GetString()!;
    foreach (JsonElement entry in file.RootElement.GetProperty("cases").EnumerateArray())
    {
        cases += dtype switch
        {
            "float32" => Golden<float>(entry, DType.Float32, (i, s, d, f, o, seed) => i.Fill(s, d, f, o, seed)),
            "float16" => Golden<Half>(entry, DType.Float16, (i, s, d, f, o, seed) => i.Fill(s, d, f, o, seed)),
            "bfloat16" => Golden<BFloat16>(entry, DType.BFloat16, (i, s, d, f, o, seed) => i.Fill(s, d, f, o, seed)),
            _ => Golden<double>(entry, DType.Float64, (i, s, d, f, o, seed) => i.Fill(s, d, f, o, seed)),
        };
    }
}

// --- one tensor in every entry point

long[] shape = [96, 40];
Seed seed = model.Child("fc1.weight");
float[] expected = new float[96 * 40];
new KaimingNormal().Fill(expected, shape, Layout.OutIn, seed: seed);
using (Tensor tensor = new KaimingNormal().CreateVariables(shape, fanIn: 40, seed: seed))
{
    Same("ToArray", expected, tensor.ToArray<float>());
    Same("AsSpan", expected, (ReadOnlySpan<float>)tensor.AsSpan<float>());
    Is("ToString", true, tensor.ToString().StartsWith("float32[96, 40] on cpu: ", StringComparison.Ordinal));
}

using (Tensor part = new KaimingNormal().CreatePart(shape, Box.Of(8..16, ..), Layout.OutIn, seed: seed))
    Same("CreatePart", expected.AsSpan(8 * 40, 8 * 40), part.ToArray<float>());

float[] box = new float[8 * 40];
new KaimingNormal().FillPart<float>(box, shape, Box.Of(8..16, ..), Layout.OutIn, seed);
Same("FillPart", expected.AsSpan(8 * 40, 8 * 40), box);

using (
    VariableDictionary all = Initializer.CreateAll(
        [
            new("fc1.weight", new KaimingNormal(), shape, Layout.OutIn),
            new("fc2.weight", Initializer.FromText("orthogonal"), [64, 64]),
            new("fc1.bias", new Zeros(), [0]),
        ],
        seed: model
    )
)
{
    Same("CreateAll", expected, all["fc1.weight"].ToArray<float>());
    all.Save(Path.Combine(folder, "a.safetensors"));
    Is("Verification.Run", 0L, Verification.Run(Path.Combine(folder, "a.safetensors")).DifferentValues);
    Is("Inspection.Load", 96L * 40 + 64 * 64, Inspection.Load(Path.Combine(folder, "a.safetensors")).Values);
}

float[] memory = new float[96 * 40];
Initializer.FillAll([new("fc1.weight", new KaimingNormal(), memory, shape, Layout.OutIn)], model);
Same("FillAll", expected, memory);

using (Tensor large = new KaimingNormal().CreateVariables([4096, 1024], Layout.OutIn, seed: seed))
{
    float[] rest = new float[1000];
    new KaimingNormal().Fill(rest, [4096, 1024], Layout.OutIn, offset: 4_000_000, seed);
    Same("a tensor of 16 MB", rest, large.AsSpan<float>().Slice(4_000_000, 1000));
}

using (InitializerRandom.Scope(7))
using (Tensor first = new RandomNormal().CreateVariables([8]))
    Is("InitializerRandom.Scope", 8L, first.Length);

Is("Distribution", Math.Sqrt(2.0 / 40), new KaimingNormal().Distribution(shape, Layout.OutIn).Stddev);
Is(
    "FromJson",
    InitializerSpec.Parse("he_uniform"),
    Initializer.FromJson("""{"class_name": "HeUniform", "config": {"seed": null}}""").Spec
);
Is(
    "ToKerasJson",
    true,
    InitializerSpec
        .Parse("truncated_normal(stddev=0.02)")
        .ToKerasJson()
        .Contains("TruncatedNormal", StringComparison.Ordinal)
);
Is(
    "ParseJson",
    InitializerSpec.Parse("he_normal"),
    InitializerSpec.ParseJson(InitializerSpec.Parse("he_normal").ToJson())
);
Is("a spec of the core", "normal(mean=0, stddev=0.02)", Initializers.FSharp.Spec.NewNormal(0, 0.02).ToString());
Initializer quantile = Initializer.FromSpec(InitializerSpec.Quantile("logit", p => Math.Log(p / (1 - p))));
using (Tensor logit = quantile.CreateVariables([100], seed: seed))
    Is("Quantile", true, float.IsFinite(logit.AsSpan<float>()[0]));

// --- models

string[] models = [.. Catalogue.Models.Select(known => known.Name)];
Is("models", true, models.Contains("gpt2"));
foreach (KnownName recipe in Catalogue.Recipes)
    Is($"recipe {recipe.Name}", true, Catalogue.RecipeJson(recipe.Name).Length > 100);
Is("initializers", true, Catalogue.Initializers.Count > 50);

Blueprint blueprint = Blueprint.Parse(
    """
    {"tensors": {"fc1.weight": {"dtype": "F32", "shape": [96, 40]}, "norm.weight": {"dtype": "BF16", "shape": [96]},
                 "ids": {"dtype": "I64", "shape": [12]}, "eight": {"dtype": "F8_E4M3", "shape": [40]}},
     "rules": [{"pattern": "fc*", "spec": "he_normal", "layout": "oi"}, {"pattern": "eight", "spec": "normal(stddev=0.5)"},
               {"pattern": "norm.*", "spec": "ones"}, {"pattern": "ids", "spec": "constant(3)"}]}
    """
);
Is("Explain", "he_normal", blueprint.Explain()[0].Tensor.Initializer);
blueprint.Write(Path.Combine(folder, "m.safetensors"), model);
Verification verified = Verification.Run(Path.Combine(folder, "m.safetensors"));
Is("a blueprint's file", 0L, verified.DifferentValues);
Is(
    "its text",
    true,
    verified.Tensors.Single(t => t.Name == "fc1.weight").ToString().Contains("he_normal", StringComparison.Ordinal)
);

// A model of ONNX with one weight of three by four zeros, in the bytes of its protocol buffers.
byte[] weight = [8, 3, 8, 4, 16, 1, 66, 1, (byte)'w', 74, 48, .. new byte[48]];
byte[] graph = [42, (byte)weight.Length, .. weight];
File.WriteAllBytes(Path.Combine(folder, "zeros.onnx"), [8, 8, 58, (byte)graph.Length, .. graph]);
float[] onnx = new float[12];
new GlorotNormal().Fill(onnx, [3, 4], Layout.OutIn, seed: model.Child("w"));
File.WriteAllText(
    Path.Combine(folder, "w.json"),
    """{"tensors": {"w": {"dtype": "F32", "shape": [3, 4]}}, "rules": [{"pattern": "w", "spec": "glorot_normal", "layout": "oi"}]}"""
);
foreach (string name in (string[])["w.onnx", "w.npz", "w.dat"])
{
    string path = Path.Combine(folder, name);
    bool isOnnx = name == "w.onnx";
    _ = new ModelRequest
    {
        Blueprint = Path.Combine(folder, isOnnx ? "zeros.onnx" : "w.json"),
        Recipe = isOnnx ? Path.Combine(folder, "w.json") : null,
        Seed = "42",
        Out = path,
    }.Write();
    Is(name, true, File.ReadAllBytes(path).AsSpan().IndexOf(MemoryMarshal.AsBytes(onnx.AsSpan())) > 0);
}

string shards = Directory.CreateDirectory(Path.Combine(folder, "shards")).FullName;
File.WriteAllText(
    Path.Combine(folder, "small.json"),
    """{"recipe": "torch", "tensors": {"a.weight": {"dtype": "F32", "shape": [300, 200]}, "a.bias": {"dtype": "F32", "shape": [300]}, "b.weight": {"dtype": "F32", "shape": [10, 300]}, "b.bias": {"dtype": "F32", "shape": [10]}}}"""
);
for (int rank = 0; rank < 2; rank++)
    _ = new ModelRequest
    {
        Blueprint = Path.Combine(folder, "small.json"),
        Seed = "42",
        Out = shards,
        MaxShardSize = "100KB",
        Rank = rank.ToString(CultureInfo.InvariantCulture),
        WorldSize = "2",
    }.Write();
Is("Finish", true, WrittenFiles.Finish(shards).Files.Count > 1);
Is("shards", 0L, Verification.Run(shards).DifferentValues);

_ = new FillMissingRequest
{
    Architecture = Path.Combine(folder, "small.json"),
    Checkpoint = Path.Combine(folder, "m.safetensors"),
    Seed = "42",
    Extra = "drop",
    Out = Path.Combine(folder, "filled.safetensors"),
}.Write();
Is("FillMissing", 4, Inspection.Load(Path.Combine(folder, "filled.safetensors")).Tensors.Count);

using (MemoryStream words = new())
{
    RandomWords.Write(words, "42", count: "16");
    Is("RandomWords", 64L, words.Length);
}

using (MemoryStream raw = new())
{
    new ArrayRequest
    {
        Initializer = "kaiming_normal",
        Shape = "96,40",
        Layout = "oi",
        Seed = "42",
        Stream = "fc1.weight",
    }.WriteTo(raw);
    Same("ArrayRequest", expected, MemoryMarshal.Cast<byte, float>(raw.ToArray()));
}

// --- faults

Is(
    "faults",
    "fan-missing,not-finite,shape-negative",
    string.Join(',', Codes(() => new KaimingNormal(double.NaN).CreateVariables([-1])).Order())
);

// ILGPU does not run in a program that is trimmed or ahead of time.
bool hasIlgpu = args is [_, _, "ilgpu"];
Is(
    "no such GPU",
    hasIlgpu ? "device-absent" : "device-failed",
    string.Join(',', Codes(() => new Ones().CreateVariables([2], "cuda:77")))
);
Is("no such device", "device-unknown", string.Join(',', Codes(() => new Ones().CreateVariables([2], "cuda:x"))));
Is("devices", "cpu", Catalogue.Devices()[0].Name);
using (Tensor viewed = new Ones().CreateVariables([2]))
{
    try
    {
        Is("View", hasIlgpu ? 2L : null, viewed.View<float>().Length);
    }
    catch (NotSupportedException e) when (!hasIlgpu)
    {
        Is("View", true, e.Message.StartsWith("device 'cpu' failed: ", StringComparison.Ordinal));
    }
}

Is(
    "no such file",
    "file-missing",
    string.Join(',', Codes(() => Inspection.Load(Path.Combine(folder, "none.safetensors"))))
);

Console.WriteLine($"{cases} golden cases, {checks} checks");

int Golden<T>(JsonElement entry, DType dtype, Filling<T> fill)
    where T : unmanaged
{
    Seed seed = ulong.Parse(entry.GetProperty("seed").GetRawText(), CultureInfo.InvariantCulture);
    if (entry.GetProperty("stream").GetString() is { } stream)
        seed = seed.Child(stream);
    long[] dims =
    [
        .. entry
            .GetProperty("shape")
            .GetString()!
            .Split(',')
            .Select(size => long.Parse(size, CultureInfo.InvariantCulture)),
    ];
    Fans fans = FansOf(entry.GetProperty("fan").GetString()!);
    Initializer initializer = Initializer.FromText(entry.GetProperty("spec").GetString()!);
    string name = $"{dtype} {entry.GetProperty("name").GetString()}";
    foreach (JsonProperty property in entry.EnumerateObject())
    {
        if (property.Name.StartsWith("elements from ", StringComparison.Ordinal))
        {
            string from = property.Name["elements from ".Length..];
            string bits = string.Join(' ', property.Value.EnumerateArray().Select(line => line.GetString()));
            T[] excerpt = new T[bits.Count(c => c == ' ') + 1];
            fill(
                initializer,
                excerpt,
                dims,
                fans,
                from == "2^33" ? 1L << 33 : long.Parse(from, CultureInfo.InvariantCulture),
                seed
            );
            Is(name, bits, Hex(excerpt));
        }
        else if (property.Name.StartsWith("sha256", StringComparison.Ordinal))
        {
            long length = dims.Aggregate(1L, (a, b) => a * b);
            T[] start = new T[Math.Min(length, 1 << 20)];
            fill(initializer, start, dims, fans, 0, seed);
            Is(name, property.Value.GetString(), Digest(start));
            if (start.Length == length)
            {
                using Tensor tensor = initializer.CreateVariables(dims, fans, dtype: dtype, seed: seed);
                Is(name, property.Value.GetString(), Digest(tensor.ToArray<T>()));
            }
        }
    }

    return 1;
}

static string Digest<T>(T[] values)
    where T : unmanaged => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<T>(values)));

static string Hex<T>(T[] values)
    where T : unmanaged =>
    string.Join(
        ' ',
        values.Select(value =>
        {
            Span<byte> bytes = stackalloc byte[Unsafe.SizeOf<T>()];
            MemoryMarshal.Write(bytes, value);
            bytes.Reverse();
            return Convert.ToHexStringLower(bytes);
        })
    );

static Fans FansOf(string text)
{
    if (text == "none")
        return Fans.None;
    if (text.StartsWith("layout ", StringComparison.Ordinal))
        return text["layout ".Length..];
    double? Number(string key) =>
        text.Split(", ")
            .Where(part => part.StartsWith(key, StringComparison.Ordinal))
            .Select(part => (double?)double.Parse(part[key.Length..], CultureInfo.InvariantCulture))
            .FirstOrDefault();
    return Fans.Of(Number("in "), Number("out "));
}

internal delegate void Filling<T>(
    Initializer initializer,
    Span<T> span,
    long[] shape,
    Fans fans,
    long offset,
    Seed seed
)
    where T : unmanaged;
