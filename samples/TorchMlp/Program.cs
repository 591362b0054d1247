// Two spirals and a ReLU network of 30 hidden layers, trained from three initializations of TorchSharp's modules.
//
//     dotnet run -c Release --project samples/TorchMlp
using Initializers.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

const int Points = 1000,
    Width = 64,
    Depth = 30,
    Steps = 150;
torch.set_num_threads(1);
(Tensor points, Tensor spirals) = Spirals();

Console.WriteLine($"two spirals, {Depth} hidden layers of {Width}, {Steps} steps of Adam");
Console.WriteLine($"{"weights", -34}  {"stddev of outputs", 17}  accuracy");
Train("TorchSharp, as constructed", _ => { });
Train("TorchSharp, xavier_normal_", model => ForEachMatrix(model, weight => nn.init.xavier_normal_(weight)));
double accuracy = Train("Initializers, orthogonal(gain=relu)", model => model.Initialize(42, "orthogonal(gain=relu)"));
return accuracy >= 0.95 ? 0 : 1;

double Train(string weights, Action<Module> initialize)
{
    torch.random.manual_seed(1);
    using Sequential model = Mlp();
    initialize(model);
    double stddev = Outputs(model).std().item<float>();

    using torch.optim.Optimizer optimizer = torch.optim.Adam(model.parameters(), lr: 1e-3);
    using CrossEntropyLoss loss = CrossEntropyLoss();
    for (int step = 0; step < Steps; step++)
    {
        using DisposeScope scope = NewDisposeScope();
        optimizer.zero_grad();
        loss.forward(model.forward(points), spirals).backward();
        optimizer.step();
    }

    double accuracy = Outputs(model).argmax(1).eq(spirals).to(ScalarType.Float32).mean().item<float>();
    Console.WriteLine($"{weights, -34}  {stddev, 17:G3}  {accuracy, 8:P1}");
    return accuracy;
}

Tensor Outputs(Sequential model)
{
    using IDisposable _ = no_grad();
    return model.forward(points);
}

static Sequential Mlp()
{
    List<(string, Module<Tensor, Tensor>)> layers = [("in", Linear(2, Width)), ("in_relu", ReLU())];
    for (int i = 1; i <= Depth; i++)
    {
        layers.Add(($"h{i}", Linear(Width, Width)));
        layers.Add(($"h{i}_relu", ReLU()));
    }

    layers.Add(("out", Linear(Width, 2)));
    return Sequential(layers);
}

static void ForEachMatrix(Module model, Action<Tensor> fill)
{
    foreach ((string _, Parameter parameter) in model.named_parameters())
    {
        if (parameter.dim() == 2)
        {
            fill(parameter);
        }
        else
        {
            nn.init.zeros_(parameter);
        }
    }
}

// Two arms of 1.5 turns with a little noise.
static (Tensor Points, Tensor Spirals) Spirals()
{
    var random = new Random(1);
    float[] points = new float[2 * Points];
    long[] spirals = new long[Points];
    for (int i = 0; i < Points; i++)
    {
        spirals[i] = i % 2;
        double radius = Math.Sqrt(random.NextDouble()) * 3 * Math.PI;
        double angle = radius + spirals[i] * Math.PI;
        points[2 * i] = (float)(radius * Math.Cos(angle) / 5 + random.NextDouble() * 0.05);
        points[2 * i + 1] = (float)(radius * Math.Sin(angle) / 5 + random.NextDouble() * 0.05);
    }

    return (torch.tensor(points).reshape(Points, 2), torch.tensor(spirals));
}
