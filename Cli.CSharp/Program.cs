using System.CommandLine;
using System.CommandLine.Help;
using Initializers.Cli;

var root = new RequestGroup(
    "initializers",
    "Initial weights of neural networks: the same bits for the same seed, on every device.",
    """
    initializers init gpt2 --seed 42 --out gpt2.safetensors
    initializers fill kaiming_normal --shape 512,256 --layout oi --seed 42 --out w.npy
    initializers verify gpt2.safetensors
    initializers words --seed 42 --count 4 | od -An -tx4
    """
)
{
    new InitCommand(),
    new FinishCommand(),
    new FillMissingCommand(),
    new FillCommand(),
    new WordsCommand(),
    new TablesCommand(),
    new InspectCommand(),
    new VerifyCommand(),
    new DoctorCommand(),
    new PlotCommand(),
    new ListCommand(),
    new DevicesCommand(),
    new HelpOption { Action = new HelpWithExamples() },
    new VersionOption { Action = new VersionWithBits() },
};

return await Invocation.RunAsync(root, args);
