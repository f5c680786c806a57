"""Golden logits of GPT-2 from the transformers package, for weights that any program can make again.

  build/peers/bin/python tools/oracle/gpt2_logits.py gpt2 --out build/oracle/gpt2            weights and logits of 124M
  build/peers/bin/python tools/oracle/gpt2_logits.py gpt2 --scale 3 --out build/oracle/gpt2-x3
  build/peers/bin/python tools/oracle/gpt2_logits.py gpt2-xl --tokens 64 --dtype float32 --out build/oracle/gpt2-xl
  build/peers/bin/python tools/oracle/gpt2_logits.py small --header ascender/nn/gpt/gpt2_small_golden.h

Element i of a tensor is base + scale * u, u the top 24 bits of splitmix64(fnv1a(name), i) in [-1, 1); the deviation is
--scale times (10) that of GPT-2's initial weights. ascender/nn/gpt/gpt2_recipe.h is the same in C++.
Writes OUT/model.safetensors as transformers saves it, and OUT/golden.safetensors with `tokens`, `logits` and, where
these are in double precision, `float32_error`: how far transformers itself is from them in single precision, as a share
of the largest logit.
"""

import argparse
import math
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

SIZES = {  # layers, heads, width, vocabulary, context
    "small": (2, 4, 64, 101, 32),
    "gpt2": (12, 12, 768, 50257, 1024),
    "gpt2-medium": (24, 16, 1024, 50257, 1024),
    "gpt2-large": (36, 20, 1280, 50257, 1024),
    "gpt2-xl": (48, 25, 1600, 50257, 1024),
}
ROWS = (0, 13, 31)  # positions of the small size whose logits are kept in the header


def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return h


def splitmix(name, count):
    z = np.arange(1, count + 1, dtype=np.uint64)
    z *= np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(fnv1a(name))
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z


def weights(name, shape, layers, factor):
    u = (splitmix(name, math.prod(shape)) >> np.uint64(40)).astype(np.int32) - 2**23
    scale = factor * 0.02 * math.sqrt(3)
    if name.endswith("c_proj.weight"):
        scale /= math.sqrt(2 * layers)
    w = u.astype(np.float32) * np.float32(2.0**-23) * np.float32(scale)
    if ".ln_" in "." + name and name.endswith(".weight"):
        w += np.float32(1)
    return torch.from_numpy(w.reshape(shape))


def make_model(size, factor):
    layers, heads, width, vocab, context = SIZES[size]
    config = GPT2Config(n_layer=layers, n_head=heads, n_embd=width, vocab_size=vocab, n_positions=context,
                        attn_implementation="eager", bos_token_id=0, eos_token_id=0)
    torch.set_default_dtype(torch.float32)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            p.copy_(weights(name.removeprefix("transformer."), tuple(p.shape), layers, factor))
    return model


def write_header(path, logits):
    lines = ["// Logits of the small GPT-2 at positions " + ", ".join(map(str, ROWS)) + ", in double precision from the",
             "// transformers package. Generated: tools/oracle/gpt2_logits.py small --header PATH", "#pragma once", "",
             "namespace ascender {", "", f"inline constexpr int kGoldenRows[] = {{{', '.join(map(str, ROWS))}}};",
             f"inline constexpr double kGoldenLogits[{len(ROWS)}][{logits.shape[-1]}] = {{"]
    for row in ROWS:
        values = [f"{x:.17g}" for x in logits[row].tolist()]
        lines.append("    {" + ",\n     ".join(", ".join(values[i:i + 4]) for i in range(0, len(values), 4)) + "},")
    pathlib.Path(path).write_text("\n".join(lines + ["};", "", "}  // namespace ascender", ""]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("--scale", type=float, default=10)
    parser.add_argument("--tokens", type=int, default=0)
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])
    parser.add_argument("--out", default="")
    parser.add_argument("--header", default="")
    args = parser.parse_args()
    vocab, context = SIZES[args.size][3:]
    count = args.tokens or context
    tokens = torch.from_numpy((splitmix("tokens", count) % np.uint64(vocab)).astype(np.int64))
    model = make_model(args.size, args.scale)
    golden = {"tokens": tokens}
    if args.out:
        model.save_pretrained(args.out)
    with torch.no_grad():
        logits = single = model(tokens[None]).logits[0]
        if args.dtype == "float64":
            logits = model.double()(tokens[None]).logits[0]
            golden["float32_error"] = ((single - logits).abs().max() / logits.abs().max()).reshape(1)
    golden["logits"] = logits.float()
    print(f"{args.size}: {count} tokens, largest logit {logits.abs().max():.6g}",
          f"error of float32 {golden['float32_error'].item():.3g}" if "float32_error" in golden else "")
    if args.header:
        write_header(args.header, logits.double())
    if args.out:
        save_file(golden, pathlib.Path(args.out) / "golden.safetensors")


main()
