"""PyTorch's side of the attention benchmark: scaled_dot_product_attention, a JSON line a sample.

    {"case": [B, H, Tq, Tk, D], "causal": true, "backward": false, "threads": 1}  ->  {"seconds": 0.0314}

Tensors lie as PyTorch likes them, [B,H,T,D] contiguous. On one thread the time that the thread ran is taken.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

inputs = {}


def tensors(case):
    if case not in inputs:
        inputs.clear()
        B, H, Tq, Tk, D = case
        make = lambda T: (torch.rand(B, H, T, D) * 2 - 1).requires_grad_()
        inputs[case] = (make(Tq), make(Tk), make(Tk), torch.rand(B, H, Tq, D))
    return inputs[case]


def call(case, causal, backward):
    q, k, v, dout = tensors(case)
    if backward:
        out = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        torch.autograd.grad(out, (q, k, v), dout)
    else:
        with torch.no_grad():
            F.scaled_dot_product_attention(q, k, v, is_causal=causal)


def main():
    print(json.dumps({"name": "PyTorch " + torch.__version__.split("+")[0]}), flush=True)
    calls = {}
    for line in sys.stdin:
        request = json.loads(line)
        case, causal, backward = tuple(request["case"]), request["causal"], request["backward"]
        threads = request["threads"]
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        clock = time.thread_time if threads == 1 else time.perf_counter
        key = (case, causal, backward)
        if key not in calls:
            call(*key)
            start = clock()
            call(*key)
            calls[key] = max(1, int(1e-3 / max(clock() - start, 1e-7)))
        start = clock()
        for _ in range(calls[key]):
            call(*key)
        print(json.dumps({"seconds": (clock() - start) / calls[key]}), flush=True)


main()
