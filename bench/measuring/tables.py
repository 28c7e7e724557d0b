"""Markdown tables of figures, a column a server, with Weir's ratio to each peer."""
import os
import pathlib
import platform
import statistics


def number(value: float | None) -> str:
    """Counts whole, others with three figures that count; a dash for what there is not."""
    if value is None:
        return "-"
    if abs(value) >= 1000 or isinstance(value, int):
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 or value == 0 else f"{value:.2g}"


def ratio(ours: float | None, theirs: float | None) -> str:
    return number(ours / theirs) if ours is not None and theirs else "-"


def median_of(runs: list[dict]) -> dict:
    """Figure by figure; a figure that one run lacks is lacking."""
    return {key: None if any(run[key] is None for run in runs) else statistics.median(run[key] for run in runs)
            for key in runs[0]}


def aligned(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def table(results: dict[str, dict], ours: str = "weir") -> str:
    """`results`: figures by server, the same ones of each."""
    names = list(results)
    others = [name for name in names if name != ours] if ours in names else []
    rows = [["figure", *names, *(f"{ours} / {name}" for name in others)]]
    for key in results[names[0]]:
        rows.append([key, *(number(results[name][key]) for name in names),
                     *(ratio(results[ours][key], results[name][key]) for name in others)])
    return aligned(rows)


def spread(runs: dict[str, list[dict]]) -> str:
    """How far the runs lie apart in the first figure."""
    key = next(iter(next(iter(runs.values()))[0]))
    parts = []
    for name, of_one in runs.items():
        values = [run[key] for run in of_one if run[key] is not None]
        parts.append(f"{name} {number(min(values))}..{number(max(values))}" if values else f"{name} -")
    return f"{key}, min..max: {', '.join(parts)}"


def machine() -> str:
    """What it ran on, and how busy that was before."""
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text()
    model = cpuinfo.split("model name", 1)[1].split(":", 1)[1].split("\n", 1)[0].strip() if "model name" in cpuinfo else ""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (f"{model or platform.machine()}, {os.cpu_count()} cores, {memory_gb:.0f} GB, Linux {platform.release()}, load average "
            f"{os.getloadavg()[0]:.1f} at the start")
