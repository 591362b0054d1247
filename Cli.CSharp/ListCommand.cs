using System.CommandLine;
using Initializers.Models;

namespace Initializers.Cli;

/// <summary><c>list</c>: what can be named.</summary>
internal sealed class ListCommand : Command
{
    internal ListCommand()
        : base(
            "list",
            "List initializers with their parameters and defaults, recipes, fan modes, layouts, nonlinearities and dtypes."
        ) =>
        SetAction(_ =>
        {
            Display.Table("Initializers", Catalogue.Initializers);
            Display.Table("Recipes", Catalogue.Recipes);
            Display.Table("Fan modes", Catalogue.FanModes);
            Display.Table("Layouts", Catalogue.Layouts);
            Display.Table("Layouts by a role for each axis, such as out,in,spatial,spatial,groups:8", Catalogue.Roles);
            Display.Table("Nonlinearities, as in gain=relu", Catalogue.Nonlinearities);
            Display.Table("Dtypes", Catalogue.DTypes);
            return Invocation.Done;
        });
}

/// <summary><c>devices</c>: where tensors can be made.</summary>
internal sealed class DevicesCommand : Command
{
    internal DevicesCommand()
        : base("devices", "List the devices that this machine has.") =>
        SetAction(_ =>
        {
            Display.Table("Devices", Catalogue.Devices());
            return Invocation.Done;
        });
}
