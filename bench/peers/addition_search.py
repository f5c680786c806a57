"""Runs variants of the addition recipe over seeds and appends one JSON line a run to a table.

    build/peers/bin/python bench/peers/addition_search.py --table docs/results/addition_recipe.jsonl \
        --seeds 1,101,102 lr5_linear:lr=5e-3,schedule=linear,final=0

Each variant is NAME:FIELD=VALUE,... over the fields of Recipe. A run already in the table is not repeated.
Short evaluation: 12 digits at 16 and 32 loops, 28 digits at 32 loops, uniform and carry-heavy.
"""

import argparse
import dataclasses
import json
import os

import torch

from addition_torch import exact_match, recipe_for, train, with_settings


def short_evaluation(model, recipe, count):
    results = {}
    for digits, loops in ((12, (16, 32)), (28, (32,))):
        for name, heavy in (("uniform", 0.0), ("carry", 1.0)):
            # The page's tuning used one evaluation seed and its tables others; so here.
            for loop, value in exact_match(model, recipe, digits, heavy, count, loops, seed=77_000_003).items():
                results[f"{name}.{digits}.loops.{loop}"] = round(value, 2)
    return results


def done_already(path):
    if not os.path.exists(path):
        return set()
    with open(path) as table:
        rows = [json.loads(line) for line in table if line.strip()]
    return {(row["variant"], row["seed"]) for row in rows}


def run(name, recipe, seed, count):
    model, averages, numbers = train(recipe, seed)
    row = {"variant": name, "seed": seed, "count": count} | {k: round(v, 4) for k, v in numbers.items()}
    row["metrics"] = short_evaluation(model, recipe, count)
    for decay in recipe.average:
        averages.swap(decay)
        row[f"metrics.average.{decay}"] = short_evaluation(model, recipe, count)
    changed = dataclasses.asdict(recipe)
    default = dataclasses.asdict(recipe_for(recipe.mode))
    row["changed"] = {k: v for k, v in changed.items() if v != default[k]}
    return row


def parse_variant(text, mode, averages):
    name, _, settings = text.partition(":")
    recipe = with_settings(recipe_for(mode), [s for s in settings.split(",") if s])
    return name, dataclasses.replace(recipe, average=averages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("variants", nargs="+")
    parser.add_argument("--seeds", default="1,2,3,5,7,101,102,103")
    parser.add_argument("--table", required=True)
    parser.add_argument("--mode", choices=("par", "ar"), default="par")
    parser.add_argument("--averages", default="")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--eval", type=int, default=500)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    averages = tuple(float(v) for v in options.averages.split(",") if v)
    for text in options.variants:
        name, recipe = parse_variant(text, options.mode, averages)
        for seed in map(int, options.seeds.split(",")):
            if (name, seed) in done_already(options.table):
                continue
            line = json.dumps(run(name, recipe, seed, options.eval))
            with open(options.table, "a") as table:
                table.write(line + "\n")
            print(line, flush=True)


if __name__ == "__main__":
    main()
