"""All that is known to have broken others takes long: `make test` sends one of each kind, `make fuzz` all of it."""

from collections.abc import Collection
from typing import Any

import pytest


def sample_and_corpus(name: str, sample: Collection[Any], corpus: Collection[Any]) -> pytest.MarkDecorator:
    """The test is run twice: with the sample, and in `make fuzz` with the whole corpus."""
    assert all(case in corpus for case in sample)
    return pytest.mark.parametrize(
        name, [pytest.param(sample, id="sample"), pytest.param(corpus, id="corpus", marks=pytest.mark.fuzz)]
    )
