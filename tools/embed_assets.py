#!/usr/bin/env python3
"""Turns the built console into sources that the binary links.

usage: embed_assets.py DIST OUT_DIR

Writes OUT_DIR/console_assets.S, which includes each file's bytes and their gzip form with .incbin, and
OUT_DIR/console_assets.cc, which lists them for src/gateway/console_assets.h. The output depends on the input alone.
"""
import gzip
import hashlib
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}


def write_if_changed(path: pathlib.Path, content: bytes) -> None:
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def symbol(name: str, size: int, file: pathlib.Path) -> str:
    return f'  .globl {name}\n{name}:\n  .incbin "{file}"\n  .size {name}, {size}\n'


def main() -> int:
    dist, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    files = sorted(p for p in dist.rglob("*") if p.is_file()) if dist.is_dir() else []
    assembly = ["  .section .rodata\n"]
    externs, rows = [], []
    for number, path in enumerate(files):
        raw = path.read_bytes()
        packed = gzip.compress(raw, 9, mtime=0)
        packed_path = out / f"asset_{number}.gz"
        write_if_changed(packed_path, packed)
        etag = hashlib.sha256(raw).hexdigest()[:16]
        kind = TYPES.get(path.suffix, "application/octet-stream")
        assembly += [symbol(f"weir_asset_{number}", len(raw), path), symbol(f"weir_asset_{number}_gz", len(packed), packed_path)]
        externs.append(f"extern \"C\" const char weir_asset_{number}[];\nextern \"C\" const char weir_asset_{number}_gz[];\n")
        rows.append(
            f'    {{"/{path.relative_to(dist).as_posix()}", "{kind}", "\\"{etag}\\"",\n'
            f"     {{weir_asset_{number}, {len(raw)}}}, {{weir_asset_{number}_gz, {len(packed)}}}}},\n"
        )
    assembly.append('  .section .note.GNU-stack,"",@progbits\n')
    table = (
        "".join(rows)
        and f"constexpr weir::gateway::ConsoleAsset kAssets[] = {{\n{''.join(rows)}}};\n"
    )
    body = "return kAssets;" if rows else "return {};"
    source = (
        '#include "gateway/console_assets.h"\n\n' + "".join(externs) + f"\nnamespace {{\n{table or ''}}}\n\n"
        "namespace weir::gateway {\n"
        f"std::span<const ConsoleAsset> console_assets() {{ {body} }}\n}}  // namespace weir::gateway\n"
    )
    write_if_changed(out / "console_assets.S", "".join(assembly).encode())
    write_if_changed(out / "console_assets.cc", source.encode())
    return 0


sys.exit(main())
