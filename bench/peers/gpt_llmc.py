"""llm.c's side of the GPT training steps, on the CPU: the requests of gpt_torch.py but "memory".

The environment variable LLMC names a folder of llm.c (git clone https://github.com/karpathy/llm.c), the version is
the user's. llmc_step.c, which includes its train_gpt2.c, is built anew with the flags of its Makefile; CC chooses
the compiler. The weights go to it in llm.c's checkpoint format (version 3): 256 int32 (magic, version, context,
vocabulary, layers, heads, width, vocabulary padded to 128), then fp32 tensors, each kind stacked over the layers,
matrices [out, in].
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from safetensors.numpy import load_file

HERE = os.path.dirname(os.path.abspath(__file__))
MAGIC, VERSION, HEADER, PADDING = 20240326, 3, 256, 128
OF_A_LAYER = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]


def build(llmc, program):
    command = ["make", "-C", llmc, "-f", "Makefile", "-f", f"{HERE}/llmc.mk"]
    variables = [f"DRIVER={HERE}/llmc_step.c", f"PROGRAM={program}"]
    done = subprocess.run(command + variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit(f"llm.c in {llmc} does not build:\n{done.stdout}")


def version(llmc):
    git = ["git", "-C", llmc, "--git-dir=.git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True).stdout.strip()


def tensors(weights, layers, padded):
    """In llm.c's order; what the model lacks (biases) is zeros."""

    def one(name):
        kind = name.rsplit(".", 1)[0]
        if name in weights:
            return weights[name].T if weights[name].ndim == 2 else weights[name]
        return np.zeros(weights[kind + ".weight"].shape[-1], np.float32)

    wte = weights["wte.weight"]
    yield np.pad(wte, ((0, padded - len(wte)), (0, 0)))
    yield weights["wpe.weight"]
    for kind in OF_A_LAYER:
        for part in ["weight", "bias"]:
            for layer in range(layers):
                yield one(f"h.{layer}.{kind}.{part}")
    yield one("ln_f.weight")
    yield one("ln_f.bias")


def write_checkpoint(path, weights, request):
    vocab, width = weights["wte.weight"].shape
    padded = -(-vocab // PADDING) * PADDING
    header = np.zeros(HEADER, np.int32)
    sizes = [request["context"], vocab, request["layers"], request["heads"], width, padded]
    header[: 2 + len(sizes)] = [MAGIC, VERSION] + sizes
    with open(path, "wb") as file:
        header.tofile(file)
        for tensor in tensors(weights, request["layers"], padded):
            np.ascontiguousarray(tensor, np.float32).tofile(file)


class Training:
    def __init__(self, folder, request):
        weights = load_file(request["weights"])
        self.parameters = sum(w.size for w in weights.values())
        model, batch = f"{folder}/model.bin", f"{folder}/batch.bin"
        write_checkpoint(model, weights, request)
        rows = np.array(request["tokens"], np.int32)
        np.stack([rows[:, :-1], rows[:, 1:]]).tofile(batch)
        shape = [len(rows), rows.shape[1] - 1, request["threads"], int("ln_f.bias" in weights)]
        command = [f"{folder}/llmc_step", model, batch] + [str(number) for number in shape]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.child = subprocess.Popen(command, text=True, **pipes)

    def steps(self, count):
        """[loss, seconds] of each step."""
        print(count, file=self.child.stdin, flush=True)
        return [[float(word) for word in self.child.stdout.readline().split()] for _ in range(count)]

    def end(self):
        self.child.stdin.close()
        self.child.wait()


def answer(request, training):
    if request["do"] == "train":
        return {"losses": [loss for loss, _ in training.steps(request["steps"])]}
    return {"seconds": training.steps(1)[0][1]}


def main():
    llmc = os.environ.get("LLMC", "")
    if not os.path.exists(f"{llmc}/train_gpt2.c"):
        sys.exit(f"LLMC={llmc} is no folder of llm.c (git clone https://github.com/karpathy/llm.c)")
    with tempfile.TemporaryDirectory() as folder:
        build(llmc, f"{folder}/llmc_step")
        print(json.dumps({"name": f"llm.c {version(llmc)}".strip()}), flush=True)
        training = None
        for line in sys.stdin:
            request = json.loads(line)
            if request["do"] == "load":
                if training:
                    training.end()
                training = Training(folder, request)
                reply = {"parameters": training.parameters}
            else:
                reply = answer(request, training)
            print(json.dumps(reply), flush=True)
        if training:
            training.end()


main()
