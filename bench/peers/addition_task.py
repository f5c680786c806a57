"""Addition as a task: operands, carry-heavy operands, significance codes, token layout.

Tokens: digits 0..9, then PLUS, EQUALS, BLANK (an answer's placeholder): a vocabulary of 13.
Sequence: a, most significant digit first, PLUS, b, EQUALS; the answer is least significant first.
A token's ID is its significance, -1 for EQUALS; PLUS has none. Its code is [c(ID), c(ID + 1)].
"""

import functools
from dataclasses import dataclass

import torch

PLUS, EQUALS, BLANK, VOCABULARY = 10, 11, 12, 13
CODE = 32
MAX_DIGITS = CODE - 3


@dataclass
class Batch:
    """tokens [B, P + A], codes [B, P + A, 2 * CODE], target [B, A]; the last A positions are the answer's."""

    tokens: torch.Tensor
    codes: torch.Tensor
    target: torch.Tensor

    @property
    def answers(self):
        return self.target.shape[1]


@functools.lru_cache(maxsize=None)
def hadamard():
    rows = torch.ones(1, 1)
    while rows.shape[0] < CODE:
        rows = torch.cat([torch.cat([rows, rows], 1), torch.cat([rows, -rows], 1)], 0)
    return rows


def operands(count, digits, heavy, generator):
    """Digits of a and b, least significant first [count, digits]; a row is carry-heavy with chance `heavy`."""
    a = torch.randint(10, (count, digits), generator=generator)
    b = torch.randint(10, (count, digits), generator=generator)
    uniform = torch.rand(count, 2 + digits, generator=generator)
    chance = (0.3 + 0.7 * uniform[:, :1]) * (uniform[:, 1:2] < heavy)
    return a, torch.where(uniform[:, 2:] < chance, 9 - a, b)


def add(a, b):
    """The sum's digits, least significant first [count, digits + 1]."""
    digits = a.shape[1]
    total = a + b
    carry = torch.zeros(a.shape[0], dtype=a.dtype)
    answer = torch.empty(a.shape[0], digits + 1, dtype=a.dtype)
    for i in range(digits):
        column = total[:, i] + carry
        answer[:, i] = column % 10
        carry = column // 10
    answer[:, digits] = carry
    return answer


def draw_codes(count, digits, generator):
    """Per sample digits + 3 distinct Hadamard rows, columns' signs flipped: the codes of IDs -1..digits + 1."""
    order = torch.rand(count, CODE, generator=generator).argsort(1)[:, : digits + 3]
    signs = torch.randint(2, (count, 1, CODE), generator=generator) * 2 - 1
    return hadamard()[order] * signs


@functools.lru_cache(maxsize=None)
def layout(digits, mode):
    """Per position the index of its ID's code among IDs -1..digits + 1, and 1, or 0 for PLUS."""
    downwards = list(range(digits - 1, -1, -1))
    answer = list(range(digits + 1)) if mode == "par" else list(range(digits))
    ids = torch.tensor(downwards + [0] + downwards + [-1] + answer) + 1
    shown = torch.ones(len(ids), 1)
    shown[digits] = 0
    return ids, shown


def make_batch(count, digits, heavy, mode, generator):
    """mode "par": the answer is digits + 1 blanks; "ar": EQUALS and all digits of the answer but the last."""
    a, b = operands(count, digits, heavy, generator)
    answer = add(a, b)
    plus = torch.full((count, 1), PLUS)
    equals = torch.full((count, 1), EQUALS)
    given = torch.full_like(answer, BLANK) if mode == "par" else answer[:, :-1]
    tokens = torch.cat([a.flip(1), plus, b.flip(1), equals, given], 1)
    ids, shown = layout(digits, mode)
    codes = draw_codes(count, digits, generator)
    return Batch(tokens, torch.cat([codes[:, ids], codes[:, ids + 1]], 2) * shown, answer)
