"""Pages that hold texts of others say that nothing in them may run or be loaded."""

from __future__ import annotations

import pytest

from eventbench.html.article import template


@pytest.mark.parametrize(
    "name",
    [
        *("article.html.j2", "errors.html.j2", "adjudication.html.j2"),
        *("report/index.html.j2", "board/base.html.j2"),
    ],
)
def test_every_page_has_a_content_security_policy(name: str) -> None:
    environment = template(name).environment
    assert environment.loader is not None
    source = environment.loader.get_source(environment, name)[0]
    _, _, rest = source.partition('http-equiv="Content-Security-Policy" content="')
    policy = dict(part.strip().split(" ", 1) for part in rest.partition('"')[0].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in policy.get("script-src", "'none'")
