"""PyTorch's side of the addition benchmark, and the recipe's laboratory.

    build/peers/bin/python bench/peers/addition_torch.py --seed 1 --threads 2 --eval 1000 --json

trains LoopLM on sums of at most 6 digits (fp32, eager, SDPA, fused AdamW) and prints exact match by digits and
loops. With --time it trains only and prints one JSON line; with --serve it takes the steps named by each line of
standard input, so that a benchmark can alternate samples without paying for the start. --set NAME=VALUE changes
any field of Recipe.
"""

import argparse
import dataclasses
import json
import math
import sys
import time
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from addition_model import LoopLM, forward_flops
from addition_task import make_batch

DIGITS = (6, 8, 10, 12, 16, 20, 28)
LOOPS = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Recipe:
    mode: str = "par"
    dim: int = 128
    steps: int = 3000
    batch: int = 64
    max_digits: int = 6
    max_loops: int = 8
    cap_until: float = 0.5  # share of the steps over which the cap on the loops rises
    heavy: float = 0.4
    lr: float = 8e-3
    warmup: int = 100
    schedule: str = "cosine"  # cosine, linear, or wsd: flat, then linear over the last `decay` of the steps
    final: float = 0.02
    decay: float = 0.3
    beta1: float = 0.9
    beta2: float = 0.98
    weight_decay: float = 0.0
    clip: float = 1.0
    residual_init: float = 0.3
    head_init: float = 0.5
    qk_gain: float = 1.5
    loss_loops: int = 1  # the last loops whose cross-entropies are averaged
    z_loss: float = 0.0
    length_scale: int = 0  # 1: attention is sharpened when it sees more keys than in training
    average: tuple = ()  # decays of weight averages to evaluate beside the weights


def recipe_for(mode):
    if mode == "ar":
        return Recipe(mode="ar", dim=96, steps=2000, max_loops=1, heavy=0.3)
    return Recipe()


def learning_rate(recipe, step):
    """The factor on lr at `step` of 0..steps - 1."""
    if step < recipe.warmup:
        return (step + 1) / recipe.warmup
    t = (step - recipe.warmup) / max(1, recipe.steps - recipe.warmup)
    if recipe.schedule == "cosine":
        shape = 0.5 * (1 + math.cos(math.pi * t))
    elif recipe.schedule == "linear":
        shape = 1 - t
    elif recipe.schedule == "wsd":
        shape = min(1.0, (1 - t) / recipe.decay)
    else:
        raise SystemExit(f"unknown schedule {recipe.schedule}")
    return recipe.final + (1 - recipe.final) * shape


def draw(recipe, step, generator):
    digits, loops = torch.randint(1 << 30, (2,), generator=generator).tolist()
    cap = recipe.max_loops
    if recipe.cap_until > 0:
        cap = min(cap, 1 + int(recipe.max_loops * step / (recipe.cap_until * recipe.steps)))
    return 1 + digits % recipe.max_digits, min(1 + loops % recipe.max_loops, cap)


def loss_of(recipe, model, batch, loops):
    states = list(model(batch, loops))[-recipe.loss_loops :]
    total = 0.0
    for h in states:
        logits = model.logits(h).flatten(0, 1)
        total = total + F.cross_entropy(logits, batch.target.flatten())
        if recipe.z_loss:
            total = total + recipe.z_loss * logits.logsumexp(-1).square().mean()
    return total / len(states)


class Averages:
    """Exponential averages of the weights over the last third of the steps or more, one for each decay."""

    def __init__(self, model, decays):
        self.weights = list(model.parameters())
        self.copies = {decay: [w.detach().clone() for w in self.weights] for decay in decays}

    @torch.no_grad()
    def update(self):
        for decay, copy in self.copies.items():
            torch._foreach_lerp_(copy, self.weights, 1 - decay)

    @torch.no_grad()
    def swap(self, decay):
        for w, c in zip(self.weights, self.copies[decay]):
            w.data, c.data = c.data, w.data


class Training:
    def __init__(self, recipe, seed):
        self.recipe = recipe
        self.model = LoopLM(recipe, torch.Generator().manual_seed(seed))
        self.generator = torch.Generator().manual_seed(seed + 1_000_003)
        parameters = list(self.model.parameters())
        self.optimizer = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": recipe.weight_decay},
                {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
            ],
            lr=recipe.lr,
            betas=(recipe.beta1, recipe.beta2),
            fused=True,
        )
        self.averages = Averages(self.model, recipe.average)

    def step(self, step, digits, loops):
        recipe = self.recipe
        batch = make_batch(recipe.batch, digits, recipe.heavy, recipe.mode, self.generator)
        for group in self.optimizer.param_groups:
            group["lr"] = recipe.lr * learning_rate(recipe, step)
        loss = loss_of(recipe, self.model, batch, loops)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        self.optimizer.step()
        self.averages.update()
        return loss.item()


def train(recipe, seed, log=None):
    """Returns the model, its averages and the numbers of the run."""
    training = Training(recipe, seed)
    flops, recent = 0, 0.0
    started, cpu = time.perf_counter(), time.process_time()
    for step in range(recipe.steps):
        digits, loops = draw(recipe, step, training.generator)
        loss = training.step(step, digits, loops)
        flops += 3 * recipe.batch * forward_flops(recipe, digits, loops)
        recent += 0.02 * (loss - recent)
        if log and (step + 1) % 250 == 0:
            log(f"step {step + 1} loss {recent:.4f} {time.perf_counter() - started:.1f} s")
    wall = time.perf_counter() - started
    numbers = {"wall_s": wall, "cpu_s": time.process_time() - cpu, "tflop": flops / 1e12, "loss": recent}
    return training.model, training.averages, numbers


def serve(recipe, seed):
    """Lines [[step, digits, loops], ...] of a benchmark that alternates samples; answers the time they took."""
    print(json.dumps({"name": "PyTorch " + torch.__version__.split("+")[0]}), flush=True)
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    training = Training(recipe, seed)
    for line in sys.stdin:
        steps = json.loads(line)
        start = clock()
        losses = [training.step(*step) for step in steps]
        print(json.dumps({"seconds": clock() - start, "losses": losses}), flush=True)


@torch.no_grad()
def exact_match(model, recipe, digits, heavy, count, loops, seed=20_000_003, chunk=250):
    """Percent of `count` sums with every digit right, at each number of loops asked for; teacher-forced."""
    generator = torch.Generator().manual_seed(seed + 1000 * digits + int(heavy))
    right = {l: 0 for l in loops}
    for begin in range(0, count, chunk):
        batch = make_batch(min(chunk, count - begin), digits, heavy, recipe.mode, generator)
        for loop, h in enumerate(model(batch, max(loops)), 1):
            if loop in right:
                right[loop] += int((model.logits(h).argmax(-1) == batch.target).all(1).sum())
    return {loop: 100.0 * hits / count for loop, hits in right.items()}


def evaluate(model, recipe, count, digits=DIGITS, loops=LOOPS):
    """A flat map: uniform.<digits>.loops.<loops> and carry.<digits>.loops.<loops>, in percent."""
    loops = loops if recipe.mode == "par" else (1,)
    results = {}
    for n in digits:
        for name, heavy in (("uniform", 0.0), ("carry", 1.0)):
            for loop, value in exact_match(model, recipe, n, heavy, count, loops).items():
                results[f"{name}.{n}.loops.{loop}"] = round(value, 2)
    return results


def print_table(results, recipe):
    loops = LOOPS if recipe.mode == "par" else (1,)
    print("digits  " + "".join(f"{f'{l} loops' if l > 1 else '1 loop':>14}" for l in loops))
    for n in DIGITS:
        pairs = [f"{results[f'uniform.{n}.loops.{l}']:g}/{results[f'carry.{n}.loops.{l}']:g}" for l in loops]
        print(f"{n:6}  " + "".join(f"{pair:>14}" for pair in pairs))


def with_settings(recipe, settings):
    kinds = {field.name: field.default for field in dataclasses.fields(Recipe)}
    changes = {}
    for setting in settings:
        name, _, text = setting.partition("=")
        if name not in kinds:
            raise SystemExit(f"no field {name}; there are {', '.join(kinds)}")
        if isinstance(kinds[name], tuple):
            changes[name] = tuple(float(v) for v in text.split(",") if v)
        else:
            changes[name] = type(kinds[name])(text)
    return dataclasses.replace(recipe, **changes)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--lr", type=float)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--mode", choices=("par", "ar"), default="par")
    parser.add_argument("--eval", type=int, default=1000, metavar="N", help="sums per cell")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--time", action="store_true", help="train only, print one JSON line")
    parser.add_argument("--serve", action="store_true", help="train the steps of each line read")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def timed(recipe, options):
    _, _, numbers = train(recipe, options.seed)
    line = {"peer": "torch " + torch.__version__, "mode": recipe.mode, "seed": options.seed}
    line |= {"threads": options.threads, "steps": recipe.steps} | numbers
    print(json.dumps(line), flush=True)


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    recipe = recipe_for(options.mode)
    given = {k: v for k, v in (("steps", options.steps), ("lr", options.lr)) if v is not None}
    recipe = with_settings(dataclasses.replace(recipe, **given), options.set)
    if options.serve:
        return serve(recipe, options.seed)
    if options.time:
        timed(recipe, options)
        return
    model, averages, numbers = train(recipe, options.seed, lambda line: print(line, file=sys.stderr))
    for name in (None, *recipe.average):
        if name:
            averages.swap(name)
        results = evaluate(model, recipe, options.eval)
        if name:
            averages.swap(name)
        if options.json:
            line = {"seed": options.seed, "average": name} | numbers | {"metrics": results}
            print(json.dumps(line | {"recipe": dataclasses.asdict(recipe)}))
        else:
            print_table(results, recipe)


if __name__ == "__main__":
    main()
