"""LoopLM for addition: one block, applied to the answer's positions as often as asked.

Keys and values of the prompt are made once from the embeddings. Loop 1: x = e; later x = RMSNorm(h) + e.
Output: head(RMSNorm(h)). Sandwich RMSNorm, QK-norm with gains shared by the heads, ReLU^2, no biases.
"""

import math

import torch
import torch.nn.functional as F

from addition_task import CODE, VOCABULARY

HEADS = 4
CLASSES = 10


def _matrix(rows, columns, scale, generator):
    values = torch.randn(rows, columns, generator=generator) * (scale / columns**0.5)
    return torch.nn.Parameter(values)


def _gain(size, value=1.0):
    return torch.nn.Parameter(torch.full((size,), value))


class LoopLM(torch.nn.Module):
    def __init__(self, recipe, generator):
        super().__init__()
        d = recipe.dim
        self.dim, self.head_dim = d, d // HEADS
        token = torch.randn(VOCABULARY, d - 2 * CODE, generator=generator)
        self.token = torch.nn.Parameter(token)
        self.qkv = _matrix(3 * d, d, 1.0, generator)
        self.out = _matrix(d, d, recipe.residual_init, generator)
        self.up = _matrix(2 * d, d, 1.0, generator)
        self.down = _matrix(d, 2 * d, recipe.residual_init, generator)
        self.head = _matrix(CLASSES, d, recipe.head_init, generator)
        self.norm_attention, self.norm_attended = _gain(d), _gain(d)
        self.norm_mlp, self.norm_mlped = _gain(d), _gain(d)
        self.norm_inject, self.norm_head = _gain(d), _gain(d)
        self.query_gain = _gain(self.head_dim, recipe.qk_gain)
        self.key_gain = _gain(self.head_dim, recipe.qk_gain)
        self.causal = recipe.mode == "ar"
        self.sharpened_from = math.inf
        if recipe.length_scale:
            self.sharpened_from = 3 * recipe.max_digits + (2 if self.causal else 3)

    def _norm(self, x, gain):
        return F.rms_norm(x, (x.shape[-1],), gain, 1e-6)

    def _heads(self, x):
        return x.unflatten(-1, (-1, self.head_dim))

    def _prompt(self, e):
        keys, values = F.linear(self._norm(e, self.norm_attention), self.qkv[self.dim :]).chunk(2, -1)
        return self._norm(self._heads(keys), self.key_gain), self._heads(values)

    def _mask(self, answers, prompt):
        if not self.causal:
            return None
        return torch.ones(answers, prompt + answers, dtype=torch.bool).tril(prompt)

    def _scale(self, keys):
        """1 / sqrt(head_dim), times log(keys) / log(most keys in training) when there are more of them."""
        return self.head_dim**-0.5 * max(1.0, math.log(keys) / math.log(self.sharpened_from))

    def block(self, x, keys, values, mask):
        q, k, v = F.linear(self._norm(x, self.norm_attention), self.qkv).chunk(3, -1)
        q = self._norm(self._heads(q), self.query_gain)
        k = torch.cat([keys, self._norm(self._heads(k), self.key_gain)], 1)
        v = torch.cat([values, self._heads(v)], 1)
        heads_first = (t.transpose(1, 2) for t in (q, k, v))
        attended = F.scaled_dot_product_attention(*heads_first, attn_mask=mask, scale=self._scale(k.shape[1]))
        attended = attended.transpose(1, 2).flatten(2)
        x = x + self._norm(F.linear(attended, self.out), self.norm_attended)
        hidden = F.relu(F.linear(self._norm(x, self.norm_mlp), self.up)).square()
        return x + self._norm(F.linear(hidden, self.down), self.norm_mlped)

    def logits(self, h):
        return F.linear(self._norm(h, self.norm_head), self.head)

    def forward(self, batch, loops):
        """Yields h [B, A, d] after each loop."""
        e = torch.cat([F.embedding(batch.tokens, self.token), batch.codes], 2)
        prompt = e.shape[1] - batch.answers
        keys, values = self._prompt(e[:, :prompt])
        mask = self._mask(batch.answers, prompt)
        e = e[:, prompt:]
        h = self.block(e, keys, values, mask)
        yield h
        for _ in range(loops - 1):
            h = self.block(self._norm(h, self.norm_inject) + e, keys, values, mask)
            yield h


def forward_flops(recipe, digits, loops):
    """Multiply-adds x 2 of one sample's forward pass, attention counted in full."""
    d = recipe.dim
    prompt = 2 * digits + (2 if recipe.mode == "par" else 1)
    answers = digits + 1
    loop = answers * (16 * d * d + 4 * d * (prompt + answers))
    return prompt * 4 * d * d + loops * loop + answers * 2 * d * CLASSES
