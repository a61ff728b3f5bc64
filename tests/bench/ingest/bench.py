#!/usr/bin/env python3
"""What a sample costs from the agent's entry to a sealed block: CPU, disk, memory. See README.md."""
import argparse
import pathlib
import tempfile

from fleet_bench import Load, figure, note, peers, run_ours


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=360)
    parser.add_argument("--alone", action="store_true", help="without the peers")
    arguments = parser.parse_args()
    load = Load(arguments.hosts, arguments.steps)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder = pathlib.Path(name)
        ours = run_ours("fill", str(folder / "ours"), *load.words())[0]
        ours = {"ingest_cpu_s_per_million": ours["cpu_s"] / load.millions,
                "bytes_per_sample": ours["bytes"] / load.millions / 1e6, "ingest_peak_rss_mib": ours["rss_mib"]}
        note(f"ours: {ours}")
        units = {"ingest_cpu_s_per_million": "s", "bytes_per_sample": "B", "ingest_peak_rss_mib": "MiB"}
        if arguments.alone:
            for name, value in ours.items():
                figure(name, value, units[name], "none", None)
            return
        with peers(folder, load) as filled:
            for peer, cpu in filled:
                rss = peer.peak_rss_mib()
                peer.stop()
                theirs = {"ingest_cpu_s_per_million": cpu / load.millions,
                          "bytes_per_sample": peer.data_bytes() / load.millions / 1e6, "ingest_peak_rss_mib": rss}
                for name, value in ours.items():
                    figure(name, value, units[name], peer.name, theirs[name])


if __name__ == "__main__":
    main()
