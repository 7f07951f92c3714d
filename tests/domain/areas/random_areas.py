"""Random areas, as values."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from bot.domain.areas import (
    Area,
    Border,
    Center,
    Corner,
    Difference,
    Ellipse,
    Everything,
    Feathered,
    Found,
    Grown,
    Intersection,
    Length,
    Marks,
    Not,
    Rectangle,
    Shrunk,
    Side,
    Thing,
    Transparent,
    Union,
    Unit,
)

thousandths = st.integers(1, 100_000).map(lambda value: Fraction(value, 1000))
shares = st.one_of(
    st.sampled_from([Fraction(1, 3), Fraction(1, 4), Fraction(1, 2)]),
    thousandths.map(lambda value: value / 100),
)
lengths = st.builds(
    Length, st.integers(1, 50_000).map(lambda value: Fraction(value, 1000)), st.sampled_from(Unit)
)
feathers = st.builds(
    Length, st.integers(1, 10_000).map(lambda value: Fraction(value, 1000)), st.sampled_from(Unit)
)
starts = st.builds(Length, st.integers(0, 40).map(Fraction), st.sampled_from(Unit))
sizes = st.builds(Length, st.integers(1, 60).map(Fraction), st.sampled_from(Unit))
lettering = st.one_of(
    st.text(st.sampled_from("SaLé 0%+-&()\"'“”„‘’«»:,feather"), max_size=12),
    st.text(st.characters(), max_size=8),
)
found = st.one_of(
    st.builds(Found, st.sampled_from(Thing)), st.builds(Found, st.just(Thing.TEXT), lettering)
)
shapes = st.one_of(
    st.builds(Everything),
    st.builds(Transparent),
    st.builds(Marks),
    found,
    st.builds(Side, st.sampled_from(["top", "bottom", "left", "right"]), shares),
    st.builds(
        Corner, st.sampled_from(["top", "bottom"]), st.sampled_from(["left", "right"]), shares
    ),
    st.builds(Center, shares),
    st.builds(Border, lengths),
    st.builds(Rectangle, starts, starts, sizes, sizes),
    st.builds(Ellipse, starts, starts, sizes, sizes),
)


def combined(inner: st.SearchStrategy[Area]) -> st.SearchStrategy[Area]:
    """One more step of the algebra."""
    return st.one_of(
        st.builds(Not, inner),
        st.builds(Grown, inner, lengths),
        st.builds(Shrunk, inner, lengths),
        st.builds(Union, inner, inner),
        st.builds(Difference, inner, inner),
        st.builds(Intersection, inner, inner),
    )


trees: st.SearchStrategy[Area] = st.recursive(shapes, combined, max_leaves=5)
areas_said: st.SearchStrategy[Area] = st.one_of(trees, st.builds(Feathered, trees, feathers))
