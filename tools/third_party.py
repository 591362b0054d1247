"""Compares bills of materials with packages, and writes or checks THIRD-PARTY.md. `.ci/sbom` runs it.

    python3 tools/third_party.py SBOM FEED NUGET [--write]

SBOM has a file NAME.json of CycloneDX for each package of this project, FEED the packages, and NUGET is NuGet's folder of packages. The
components of a library must be those that a resolver finds from the dependencies of its nuspec, and those of the tool the packages
whose assemblies it contains.
"""

import json
import pathlib
import re
import sys
import textwrap
import xml.etree.ElementTree as ElementTree
import zipfile

LIBRARIES = ["Initializers.Core", "Initializers", "Initializers.Plots", "Initializers.Torch"]
TOOL = "Initializers.Cli"
PAGE = pathlib.Path(__file__).resolve().parent.parent / "THIRD-PARTY.md"

# Where a nuspec names no licence: phrases of the package's file, which say which one it is.
NAMES = {
    "NCSA": "University of Illinois/NCSA Open Source License",
    "MIT": 'Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files',
}

# Part of .NET 10: NuGet leaves these out.
PLATFORM = {"System.Memory"}

MIT = """
    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
    "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
    distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
    the following conditions:

    The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
    MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
    ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
    THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

BSD = """
    Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions
    are met:

    1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.

    2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in
       the documentation and/or other materials provided with the distribution.

    3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived from
       this software without specific prior written permission.

    THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT
    LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE
    COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
    (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION)
    HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE)
    ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""

TEXTS = {"MIT": MIT, "BSD-3-Clause": BSD}


def numbers(version):
    return [int(n) for n in re.findall(r"\d+", version.split("-")[0])]


def lowest(text):
    """The least version of a range: [1.2, 2.0) or 1.2."""
    return text.strip("[]() ").split(",")[0].strip()


class Nuspec:
    def __init__(self, text):
        self.root = ElementTree.fromstring(re.sub(r'\sxmlns="[^"]*"', "", text, count=1))
        self.metadata = self.root.find("metadata")

    def text(self, name):
        return " ".join((self.metadata.findtext(name) or "").split())

    def licence(self):
        """The expression, or the file in the package."""
        found = self.metadata.find("license")
        return (None, None) if found is None else (found.get("type"), found.text.strip())

    def dependencies(self):
        """Ids with their least versions, in the group of the newest framework that .NET 10 can use."""
        groups = {g.get("targetFramework"): g for g in self.metadata.iterfind("dependencies/group")}
        plain = self.metadata.findall("dependencies/dependency")

        def rank(framework):
            name = (framework or "").lower().lstrip(".")
            modern = re.fullmatch(r"net(?:coreapp)?(\d+)\.(\d+)", name)
            if modern and 3 <= int(modern[1]) <= 10:
                return (2, int(modern[1]), int(modern[2]))
            standard = re.fullmatch(r"netstandard(\d+)\.(\d+)", name)
            return (1, int(standard[1]), int(standard[2])) if standard else (0, 0, 0) if name == "" else None

        usable = [(rank(name), group) for name, group in groups.items() if rank(name) is not None]
        chosen = max(usable, key=lambda pair: pair[0])[1].findall("dependency") if usable else plain
        return [(d.get("id"), lowest(d.get("version", "0"))) for d in chosen]


def packed(feed, package):
    (path,) = [p for p in feed.glob(f"{package}.*.nupkg") if re.fullmatch(rf"{re.escape(package)}\.\d.*", p.stem)]
    return zipfile.ZipFile(path)


def nuspec_of(archive):
    (name,) = [n for n in archive.namelist() if n.endswith(".nuspec")]
    return Nuspec(archive.read(name).decode("utf-8-sig"))


def folder_of(nuget, name, version):
    return nuget / name.lower() / version.lower()


def cached(nuget, name, version):
    (path,) = folder_of(nuget, name, version).glob("*.nuspec")
    return Nuspec(path.read_text(encoding="utf-8-sig"))


def closure(feed, nuget, package):
    """What a resolver finds: the least version of each package that all who need it accept."""
    found, waiting = {}, [(package, None)]
    while waiting:
        name, version = waiting.pop()
        if name in LIBRARIES:
            waiting += nuspec_of(packed(feed, name)).dependencies()
        elif name not in PLATFORM and (name not in found or numbers(found[name]) < numbers(version)):
            found[name] = version
            # A version that another one replaces is not downloaded.
            if folder_of(nuget, name, version).exists():
                waiting += cached(nuget, name, version).dependencies()
    missing = [f"{name} {version}" for name, version in found.items() if not folder_of(nuget, name, version).exists()]
    if missing:
        sys.exit(f"{package}: not in NuGet's folder: {missing}")
    return found


def shipped(feed, package):
    """The packages whose assemblies a tool contains, by its list of dependencies."""
    archive = packed(feed, package)
    (name,) = [n for n in archive.namelist() if n.endswith(f"{package}.deps.json")]
    libraries = json.loads(archive.read(name))["libraries"]
    return dict(key.split("/") for key, library in libraries.items() if library["type"] == "package")


def components(folder, package):
    bill = json.loads((folder / f"{package}.json").read_text(encoding="utf-8-sig"))
    return {c["name"]: c["version"] for c in bill["components"] if c["name"] not in LIBRARIES}


def licence_of(nuget, name, version):
    """The licence's name, the copyright, and the text that the package has."""
    nuspec = cached(nuget, name, version)
    kind, value = nuspec.licence()
    files = [p for p in sorted(folder_of(nuget, name, version).iterdir()) if p.name.lower().startswith("license.")]
    text = files[0].read_text(encoding="utf-8-sig") if files else None
    if kind == "expression":
        return value, nuspec.text("copyright") or nuspec.text("authors"), text
    names = [licence for licence, phrase in NAMES.items() if phrase in " ".join((text or "").split())]
    # NCSA's licence begins like MIT's.
    if not names:
        sys.exit(f"{name} {version} has neither a licence's name nor a known text")
    return names[0], nuspec.text("copyright") or nuspec.text("authors"), text


def page(nuget, bills):
    versions = {}
    for package, found in bills.items():
        for name, version in found.items():
            versions.setdefault((name, version), []).append(package)
    rows = sorted(versions.items(), key=lambda item: item[0][0].lower())
    out = [
        "# Third-party packages",
        "What the packages of this project depend on, and what the tool contains, with versions and licences. This page is written by "
        "`.ci/sbom --write` from the packages' nuspec files, and `.ci/sbom` compares it.",
        "",
        "`Initializers`, `Initializers.Core`, `Initializers.Plots` and `Initializers.Torch` contain no other package's assembly. "
        "`Initializers.Plots` contains the font DejaVu Sans, whose licence is its file `Fonts/LICENSE`. `Initializers.Cli` contains those of its "
        "row, and `Initializers.Cli.Native` code compiled from the same packages and from .NET's runtime (MIT, .NET Foundation and "
        "Contributors). A program may get a newer version of a dependency, within its range.",
        "",
        "| package | version | licence | in the tool | needed by |",
        "|---|---|---|---|---|",
    ]
    for (name, version), packages in rows:
        licence = licence_of(nuget, name, version)[0]
        needed = ", ".join(p for p in packages if p != TOOL) or "the tool alone"
        out.append(f"| {name} | {version} | {licence} | {'yes' if TOOL in packages else ''} | {needed} |")
    out += ["", "## Licences of what the tool contains", "Each package's notice, and the text of its licence once.", ""]
    ours = [(name, version) for (name, version), packages in rows if TOOL in packages]
    by_licence = {}
    for name, version in ours:
        licence, holder, text = licence_of(nuget, name, version)
        by_licence.setdefault(licence, []).append((name, holder, text))
    for licence, items in sorted(by_licence.items()):
        out += [f"### {licence}"]
        out += [f"- {name}: {holder}" for name, holder, _ in items]
        text = textwrap.dedent(TEXTS.get(licence, items[0][2])).strip("\n")
        out += ["", "```text", *[line.rstrip() for line in text.splitlines()], "```", ""]
    return "\n".join(out).rstrip() + "\n"


def main():
    folder, feed, nuget = (pathlib.Path(p) for p in sys.argv[1:4])
    bills, bad = {}, 0
    for package in [*LIBRARIES, TOOL]:
        bills[package] = components(folder, package)
        expected = shipped(feed, package) if package == TOOL else closure(feed, nuget, package)
        if bills[package] != expected:
            bad += 1
            print(f"{package}: the bill of materials has {bills[package]}, the package {expected}")
        else:
            print(f"{package}: {len(expected)} components, as in the package")
    text = page(nuget, bills)
    if "--write" in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        bad += 1
        print("THIRD-PARTY.md is not up to date: .ci/sbom --write")
    sys.exit(bad > 0)


main()
