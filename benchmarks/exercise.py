"""The invented election of ``demo`` as documents at once, without a server: for many seeds, many nights, and without its campaign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from demo import country, world
from demo.posting import Post
from models.election import Election, load
from models.records import Document, article_id, post_id

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2027, 4, 11, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Night:
    """Documents of one night; ``story`` says what each is about, ``planted`` which are the campaign's."""

    documents: tuple[Document, ...]
    story: dict[str, str]
    planted: frozenset[str]


def election() -> Election:
    """The exercise's sources and entities."""
    return load("exercise", ROOT)


def night(seed: int, number: int = 2, now: datetime = NOW, *, campaign: bool = True) -> Night:
    """Night 1 or 2 of the world of ``seed``; without its campaign, neither the planted pages nor the planted posts are there."""
    made = world.make(now, seed)
    articles, posts = made.night(number)
    found = [(_article(a), a.story, a.planted) for a in articles] + [(d, p.story, p.planted) for p, d in _posts(posts)]
    kept = [row for row in found if campaign or not row[2]]
    return Night(
        documents=tuple(d for d, _, _ in kept),
        story={d.id: story for d, story, _ in kept},
        planted=frozenset(d.id for d, _, planted in kept if planted),
    )


def _address(key: str) -> str:
    outlet, _, path = key.partition("/")
    return f"https://{outlet}.example/{path}"


def _article(page: world.Article) -> Document:
    url = _address(page.key)
    return Document(
        id=article_id(url),
        kind="article",
        platform="web",
        source=country.by_key(page.outlet).name,
        url=url,
        canonical_url=url,
        account_name=page.author,
        published=page.published,
        fetched=page.published,
        date_source="feed",
        language=page.language,
        title=page.title,
        text="\n".join(page.paragraphs),
    )


def _posts(posts: tuple[Post, ...]) -> Iterator[tuple[Post, Document]]:
    for post in posts:
        account = f"acct:{post.account}@{country.SOCIAL_DOMAIN}"
        link = _address(post.link) + (f"?{post.query}" if post.query else "") if post.link else ""
        text = " ".join(filter(None, (post.text, link, *(f"#{tag}" for tag in post.tags))))
        yield (
            post,
            Document(
                id=post_id("mastodon", post.id),
                kind="post",
                platform="mastodon",
                source=country.SOCIAL,
                platform_id=post.id,
                account=account,
                account_name=post.account,
                published=post.time,
                fetched=post.time,
                date_source="platform",
                language=post.language,
                text=text,
                links=(link,) if link else (),
                hashtags=tuple(tag.lower() for tag in post.tags),
            ),
        )
