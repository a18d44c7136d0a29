import re
from inspect import getdoc, getmembers, isclass

from jss_layout import exceptions

LINE = re.compile(r"^    ([│ ]*)(?:[├└]── )?([A-Z]\w+) ", re.MULTILINE)


def test_the_tree_in_the_modules_text_is_that_of_its_classes() -> None:
    parents: dict[str, str] = {}
    above = ["Exception"]
    for branch, name in LINE.findall(getdoc(exceptions) or ""):
        is_root = not re.search(rf"[├└]── {name} ", exceptions.__doc__ or "")
        depth = 0 if is_root else len(branch) // 4 + 1
        parents[name] = above[depth]
        above[depth + 1 :] = [name]
    assert parents == {
        name: kind.__bases__[0].__name__
        for name, kind in getmembers(exceptions, isclass)
        if issubclass(kind, Exception)
    }
