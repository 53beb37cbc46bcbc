"""The crates that a program of the workspace contains, with their licenses, on standard output: notices.py CRATE."""

import json
import pathlib
import subprocess
import sys


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], check=True, capture_output=True, text=True).stdout


crate = sys.argv[1]
linked = cargo("tree", "--offline", "--locked", "-p", crate, "-e", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}")
names = {tuple(line.split()[:2]) for line in linked.splitlines() if line}
packages = json.loads(cargo("metadata", "--offline", "--locked", "--format-version", "1"))["packages"]
for package in sorted(packages, key=lambda package: (package["name"], package["version"])):
    if package["source"] is None or (package["name"], "v" + package["version"]) not in names:
        continue
    print("=" * 100)
    print(f"{package['name']} {package['version']}: {package['license'] or package['license_file']}")
    if package["authors"]:
        print("Authors:", ", ".join(package["authors"]))
    directory = pathlib.Path(package["manifest_path"]).parent
    texts = sorted(path for path in directory.iterdir() if path.is_file() and path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING", "NOTICE")))
    for path in texts:
        print("-" * 100)
        print(path.read_text(errors="replace").strip())
