// One file, no project: initializes a small network, saves it, and verifies the file.
//
//     dotnet run app.cs
#:package Initializers@0.1.0

using Initializers;
using Initializers.Models;
using Initializers.Stateful;

Seed seed = 42;
string file = Path.Combine(Path.GetTempPath(), "mlp.safetensors");

// Each variable is drawn from the seed's child of its name, so adding a layer changes no other weights.
using VariableDictionary layers = Initializer.CreateAll(
    [
        new("fc1.weight", new KaimingNormal(), [256, 64], Layout.OutIn),
        new("fc1.bias", new Zeros(), [256]),
        new("fc2.weight", Initializer.FromText("orthogonal(gain=relu)"), [256, 256], Layout.OutIn),
        new("fc2.bias", new Zeros(), [256]),
        new("head.weight", new GlorotUniform(), [10, 256], Layout.OutIn),
        new("head.bias", new Zeros(), [10]),
    ],
    seed: seed
);

foreach ((string name, Tensor tensor) in layers)
{
    float[] values = tensor.ToArray<float>();
    double stddev = Math.Sqrt(values.Average(x => (double)x * x));
    Console.WriteLine($"{name, -12} [{string.Join(", ", tensor.Shape)}]  root mean square {stddev:F4}");
}

layers.Save(file, overwrite: true);
Verification.Run(file).EnsureEqual(); // generates the weights again from the file's metadata, and compares every byte
Console.WriteLine($"{Path.GetFileName(file)}: {layers.Count} variables, verified");
