"""Amounts: whole micro-USD for members (0.08 USD = 80 000), whole nano-USD for the owner's cost."""

from __future__ import annotations

from typing import Final

MICRO_PER_USD: Final = 1_000_000
MICRO_DIGITS: Final = 6
NANO_PER_MICRO: Final = 1_000
LARGEST_MICRO_USD: Final = 10**15
"""A billion dollars: above it a number is a slip of the keyboard, and far below SQLite's 2**63."""


def parse_usd(text: str) -> int:
    """Read an amount such as "0.08" or "20" as micro-USD.

    Raises:
        ValueError: not a plain decimal number, negative, finer than a micro-USD, or absurdly large.
    """
    if not text.isascii() or not text.replace(".", "", 1).isdigit():
        raise ValueError("write an amount in dollars as plain digits, such as 0.08 or 20")
    # By its digits: Decimal would round an amount that is too long for its context.
    whole, _, fraction = text.partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(fraction) > MICRO_DIGITS:
        raise ValueError("the smallest amount is a millionth of a dollar")
    if len(whole) > len(str(LARGEST_MICRO_USD)):
        raise ValueError("that amount is too large")
    micro = int(whole + fraction.ljust(MICRO_DIGITS, "0"))
    if micro > LARGEST_MICRO_USD:
        raise ValueError("that amount is too large")
    return micro


def usd(micro: int) -> str:
    """Write micro-USD as dollars: at least two decimals, and never a rounded amount.

    >>> usd(80_000), usd(1_000_000), usd(1_500)
    ('$0.08', '$1.00', '$0.0015')
    """
    sign = "-" if micro < 0 else ""
    whole, fraction = divmod(abs(micro), MICRO_PER_USD)
    decimals = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{decimals}"


def usd_exactly(nano: int) -> str:
    """Write nano-USD as dollars: at least two decimals, and never a rounded amount.

    >>> usd_exactly(80_000_000), usd_exactly(1)
    ('$0.08', '$0.000000001')
    """
    sign = "-" if nano < 0 else ""
    whole, fraction = divmod(abs(nano), MICRO_PER_USD * NANO_PER_MICRO)
    decimals = f"{fraction:09d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{decimals}"
