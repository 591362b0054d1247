// A small GPT that learns to sort digits, with GPT-2's initialization by rules on the names of its tensors.
//
//     dotnet run -c Release --project samples/TorchTransformer
using Initializers.Models;
using Initializers.Samples;
using Initializers.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using Tensor = TorchSharp.torch.Tensor;

const int Digits = 6,
    Layers = 3,
    Heads = 3,
    Width = 48,
    Batch = 64,
    Steps = 400;
torch.set_num_threads(1);
torch.random.manual_seed(1);

using var model = new Gpt(vocabulary: 10, context: 2 * Digits - 1, Layers, Heads, Width);

// The rules of GPT-2: 0.02, and less for what is added to the residual stream, 2 times in each of the blocks. `blocks` counts them.
// The first rule that matches a tensor decides it; what has no rule is an error.
ModuleRules rules = ModuleRules
    .Empty.Match("h.{i}.{part}.c_proj.weight", "normal(stddev=0.02/sqrt(2*blocks('h.{i}.attn.c_proj.weight')))")
    .Match("wpe.weight", "normal(stddev=0.01)")
    .Match("wte.weight", "normal(stddev=0.02)")
    .Otherwise(ModuleRules.Conventional("normal(stddev=0.02)"));

Console.WriteLine(model.Explain(rules));
Initialization initial = model.Initialize(42, rules);

string start = Path.Combine(Path.GetTempPath(), "gpt-start.safetensors");
initial.Save(start, overwrite: true);
Verification.Run(start).EnsureEqual(); // generates the weights again from the file's metadata, and compares every byte
Console.WriteLine($"{Path.GetFileName(start)}: {initial.Tensors.Count} tensors, verified");

using torch.optim.Optimizer optimizer = torch.optim.AdamW(model.parameters(), lr: 3e-3);
torch.optim.lr_scheduler.LRScheduler rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, Steps);
using CrossEntropyLoss loss = CrossEntropyLoss();
for (int step = 1; step <= Steps; step++)
{
    using DisposeScope scope = NewDisposeScope();
    (Tensor inputs, Tensor sorted) = Examples(Batch);
    optimizer.zero_grad();
    Tensor error = loss.forward(Answers(inputs).flatten(0, 1), sorted.flatten());
    error.backward();
    optimizer.step();
    rate.step();
    if (step == 1 || step % 100 == 0)
    {
        Console.WriteLine($"step {step, 3}  loss {error.item<float>():F3}");
    }
}

// Its metadata names no origin: the seed does not give trained weights.
initial.Save(Path.Combine(Path.GetTempPath(), "gpt-trained.safetensors"), overwrite: true);

using IDisposable _ = no_grad();
(Tensor questions, Tensor answers) = Examples(1000);
double accuracy = Answers(questions).argmax(-1).eq(answers).all(1).to(ScalarType.Float32).mean().item<float>();
Console.WriteLine($"{accuracy:P1} of 1000 lists of {Digits} digits are sorted without an error");
return accuracy >= 0.9 ? 0 : 1;

// The model reads the digits and the sorted digits before each answer.
static (Tensor Inputs, Tensor Sorted) Examples(int count)
{
    Tensor digits = randint(0, 10, [count, Digits], dtype: ScalarType.Int64);
    Tensor sorted = digits.sort(1).Values;
    return (cat([digits, sorted[.., ..^1]], 1), sorted);
}

Tensor Answers(Tensor inputs) => model.forward(inputs)[.., (Digits - 1)..];
