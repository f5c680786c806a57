#!/usr/bin/env python3
"""What the Hugging Face `tokenizers` package makes of the shared corpora with GPT-2's byte-level BPE.

Writes the golden file that ascender/data/bpe/bpe_tokenizer_test.cc compares with:
  python3 -m venv build/oracle && build/oracle/bin/pip install tokenizers
  build/oracle/bin/python tools/bpe_oracle.py ../shared/data ascender/data/bpe/bpe_golden.json

An id stream is hashed as little-endian 32-bit words; in `lines` each line's ids are followed by 0xFFFFFFFF.
"""
import array
import hashlib
import json
import pathlib
import sys

import tokenizers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

CORPORA = [
    "kor-eng/valid.csv",
    "multi30k-en-de/train.de",
    "multi30k-en-de/train.en",
    "multi30k-en-de/val.de",
    "multi30k-en-de/val.en",
    "names/names.txt",
    "sst2/dev.tsv",
    "sst2/train.tsv",
    "tinyshakespeare/input.txt",
    "wikitext-2/valid.txt",
]

SAMPLES = [
    "",
    "Hello world",
    " leading, trailing ",
    "a  b   c    d",
    "tabs\t\tand\n\n\nlines\r\n \n x",
    "   ",
    "\n\n",
    "\u00a0\u00a0x \u3000\u3000y\u2028z\u0085w\u180ev",
    "I'm you're we've he'll she'd it's don't I'M IT'S",
    "it\u2019s \u201cquoted\u201d",
    "x=1234567890+0.5e-3;",
    "\u00bd\u2167\u0663\u096b\u2460 num\u00b2",
    "na\u00efve caf\u00e9 cafe\u0301 \u00c5ngstr\u00f6m stra\u00dfe",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u3053\u3093\u306b\u3061\u306f",
    "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0645\u0631\u062d\u0628\u0627",
    "\U0001f986\U0001f468\u200d\U0001f469\u200d\U0001f467\U0001f1eb\U0001f1f7 \U0001f9d1\U0001f3fd",
    "<|endoftext|>",
    "one<|endoftext|>two <|endoftext|> three<|endoftext|",
    "  <|endoftext|>  ",
    "\x00\x01\x7f control",
    "snake_case camelCase SCREAMING __init__ #!/usr/bin/env",
    "a" * 3000,
    "ab" * 2000,
    " " * 3000 + "x",
    "!" * 1000 + "?!" * 500,
]


def gpt2(folder):
    bpe = models.BPE.from_file(str(folder / "encoder.json"), str(folder / "vocab.bpe"))
    tokenizer = Tokenizer(bpe)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def sha256(ids):
    words = array.array("I", ids)
    if sys.byteorder == "big":
        words.byteswap()
    return hashlib.sha256(words.tobytes()).hexdigest()


def corpus(tokenizer, text):
    lines = text.split("\n")
    stream = []
    for encoding in tokenizer.encode_batch(lines):
        stream += encoding.ids + [0xFFFFFFFF]
    whole = tokenizer.encode(text).ids
    return {
        "num_lines": len(lines),
        "num_ids": len(whole),
        "lines": sha256(stream),
        "whole": sha256(whole),
    }


def sweep():
    """Every code point below U+3400 between letters, digits and spaces."""
    return "".join(f"a{chr(point)}1{chr(point)} {chr(point)}" for point in range(1, 0x3400))


def main():
    data, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    tokenizer = gpt2(data / "gpt2-bpe")
    golden = {
        "made_by": "tools/bpe_oracle.py",
        "tokenizers": tokenizers.__version__,
        "corpora": {name: corpus(tokenizer, (data / name).read_bytes().decode()) for name in CORPORA},
        "samples": [{"text": text, "ids": tokenizer.encode(text).ids} for text in SAMPLES],
        "sweep": corpus(tokenizer, sweep()),
    }
    lines = ["{"]
    for key, value in golden.items():
        if key == "samples":
            rows = ",\n".join("  " + json.dumps(row, separators=(",", ":")) for row in value)
            lines.append(f' "{key}": [\n{rows}\n ],')
        elif key == "corpora":
            rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in value.items())
            lines.append(f' "{key}": {{\n{rows}\n }},')
        else:
            lines.append(f' "{key}": {json.dumps(value)}' + ("" if key == "sweep" else ","))
    out.write_text("\n".join(lines + ["}"]) + "\n")


if __name__ == "__main__":
    main()
