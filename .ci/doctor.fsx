// Examines every file of the folders that are given, and names the faults of those that have any.
#r "../Cli.CSharp/bin/Release/net10.0/Initializers.Core.dll"

open System.IO
open System.Threading
open Initializers.FSharp

let examined (file: string) =
    let words =
        { File = file
          Recipe = null
          Against = null
          FalseAlarmRate = null
          Page = null
          Overwrite = false }

    match Doctor.examine words (fun _ _ -> ()) CancellationToken.None with
    | Ok report -> report.Faults |> List.map (fun fault -> $"{file}: {fault.Tensor}: {fault.Message}")
    | Error faults -> faults |> List.map (fun fault -> $"{file}: {fault}")

let wrong =
    [ for folder in fsi.CommandLineArgs[1..] do
          let files = Directory.GetFiles folder
          let faults = files |> Array.toList |> List.collect examined
          printfn $"{Path.GetFileName folder}: {faults.Length} faults in {files.Length} files"
          yield! faults ]

for fault in wrong do
    printfn $"{fault}"

exit (if wrong.IsEmpty then 0 else 1)
