"""PyTorch's side of the GPT training steps: nanoGPT's model (fp32, SDPA, fused AdamW), a JSON line a request.

    {"do": "load", "layers": 4, "heads": 4, "context": 256, "weights": FILE, "tokens": [[...]], "threads": 1}
        -> {"parameters": 859392}
    {"do": "train", "steps": 3} -> {"losses": [...]}
    {"do": "time"}              -> {"seconds": 0.32}, of one step
    {"do": "memory"}            -> {"bytes": ...}, peak of two steps beyond parameters, gradients, moments

`weights` is a safetensors file in the naming of Hugging Face's GPT-2, `tokens` are rows of T + 1. On one thread the
time that the thread ran is taken. --compile wraps the model in torch.compile, which takes 10 to 30 s before its
first loss.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file

LR, BETAS, EPS, WEIGHT_DECAY = 3e-4, (0.9, 0.95), 1e-8, 0.1


class Block(torch.nn.Module):
    def __init__(self, width, heads, bias):
        super().__init__()
        self.heads = heads
        self.ln_1 = torch.nn.LayerNorm(width, bias=bias)
        self.c_attn = torch.nn.Linear(width, 3 * width, bias=bias)
        self.attn_proj = torch.nn.Linear(width, width, bias=bias)
        self.ln_2 = torch.nn.LayerNorm(width, bias=bias)
        self.c_fc = torch.nn.Linear(width, 4 * width, bias=bias)
        self.mlp_proj = torch.nn.Linear(4 * width, width, bias=bias)

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = (t.view(B, T, self.heads, -1).transpose(1, 2) for t in self.c_attn(self.ln_1(x)).split(C, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn_proj(y.transpose(1, 2).reshape(B, T, C))
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt(torch.nn.Module):
    def __init__(self, vocab, width, context, layers, heads, bias):
        super().__init__()
        self.wte = torch.nn.Embedding(vocab, width)
        self.wpe = torch.nn.Embedding(context, width)
        self.h = torch.nn.ModuleList(Block(width, heads, bias) for _ in range(layers))
        self.ln_f = torch.nn.LayerNorm(width, bias=bias)

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe.weight[: tokens.shape[1]]
        for block in self.h:
            x = block(x)
        return F.cross_entropy(F.linear(self.ln_f(x), self.wte.weight).flatten(0, 1), targets.flatten())


def from_hugging_face(weights):
    """Their names and matrices [in, out] as this model's names and matrices [out, in]."""
    out = {}
    for name, value in weights.items():
        own = name.replace("attn.c_proj", "attn_proj").replace("mlp.c_proj", "mlp_proj")
        own = own.replace("attn.c_attn", "c_attn").replace("mlp.c_fc", "c_fc")
        linear = ".c_" in own or "_proj" in own
        out[own] = value.t().contiguous() if linear and value.dim() == 2 else value
    return out


class Training:
    def __init__(self, request, compiled):
        weights = from_hugging_face(load_file(request["weights"]))
        (vocab, width), bias = weights["wte.weight"].shape, "ln_f.bias" in weights
        self.model = Gpt(vocab, width, request["context"], request["layers"], request["heads"], bias)
        self.model.load_state_dict(weights)
        rows = torch.tensor(request["tokens"])
        self.tokens, self.targets = rows[:, :-1].contiguous(), rows[:, 1:].contiguous()
        parameters = list(self.model.parameters())
        groups = [
            {"params": [p for p in parameters if p.dim() >= 2], "weight_decay": WEIGHT_DECAY},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=LR, betas=BETAS, eps=EPS, fused=True)
        self.forward = torch.compile(self.model) if compiled else self.model

    def parameter_bytes(self):
        return sum(4 * p.numel() for p in self.model.parameters())

    def step(self):
        loss = self.forward(self.tokens, self.targets)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.item()


def status_bytes(key):
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(key))


def peak_beyond_state(training):
    """Resident memory at its highest in two steps, less that before them, less gradients and moments."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the high-water mark starts anew
    before = status_bytes("VmRSS")
    training.step(), training.step()
    return status_bytes("VmHWM") - before - 3 * training.parameter_bytes()


def answer(request, training):
    if request["do"] == "train":
        return {"losses": [training.step() for _ in range(request["steps"])]}
    if request["do"] == "memory":
        return {"bytes": peak_beyond_state(training)}
    clock = time.thread_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    training.step()
    return {"seconds": clock() - start}


def main():
    compiled = sys.argv[1:] == ["--compile"]
    name = "torch.compile " if compiled else "PyTorch "
    print(json.dumps({"name": name + torch.__version__.split("+")[0]}), flush=True)
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "load":
            torch.set_num_threads(request["threads"])
            training = None
            training = Training(request, compiled)
            reply = {"parameters": training.parameter_bytes() // 4}
        else:
            reply = answer(request, training)
        print(json.dumps(reply), flush=True)


main()
