"""One shape for what is wrong with a setting, wherever it is checked."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.checks import Error


def refused_values(
    name: str, values: Iterable[str], read: Callable[[str], Any], hint: str, check_id: str
) -> Iterator[Error]:
    """An error for each of the setting's values that can't be read.

    ``read`` says so by ``ValueError``, ``re.error`` or ``ImportError``, whose text is shown.
    """
    for value in values:
        try:
            read(value)
        except (ImportError, ValueError, re.error) as error:
            yield Error(f"{name} has {value!r}: {error}", hint=hint, id=check_id)
