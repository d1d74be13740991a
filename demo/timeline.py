"""The post network of the exercise, in the shape of Mastodon's API (docs.joinmastodon.org, timelines and entities Status, Account)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from demo.country import SOCIAL_DOMAIN
from demo.posting import Account, Post

MOST = 40


def page(posts: Sequence[Post], tag: str, query: Mapping[str, str]) -> list[Post]:
    """The posts of one answer, newest first: ``max_id`` and ``since_id`` bound it, ``min_id`` asks for those that follow at once."""
    limit = max(1, min(MOST, int(query["limit"]) if query.get("limit", "").isdigit() else 20))
    found = [p for p in posts if tag.lower() in (t.lower() for t in p.tags)]
    if query.get("max_id", "").isdigit():
        found = [p for p in found if int(p.id) < int(query["max_id"])]
    if query.get("since_id", "").isdigit():
        found = [p for p in found if int(p.id) > int(query["since_id"])]
    if query.get("min_id", "").isdigit():
        return sorted((p for p in found if int(p.id) > int(query["min_id"])), key=lambda p: int(p.id))[:limit][::-1]
    return sorted(found, key=lambda p: -int(p.id))[:limit]


def links(found: Sequence[Post], base: str, tag: str) -> str:
    """The ``Link`` header of an answer, or ""."""
    if not found:
        return ""
    where = f"{base}/api/v1/timelines/tag/{tag}"
    return f'<{where}?max_id={found[-1].id}>; rel="next", <{where}?min_id={found[0].id}>; rel="prev"'


def status(post: Post, account: Account, base: str, address: Callable[[str], str]) -> dict[str, Any]:
    """A post as the API shows it. ``address`` turns the key of an article into where it lies."""
    link = address(post.link) + (f"?{post.query}" if post.query else "") if post.link else ""
    moment = post.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "id": post.id,
        "uri": f"https://{SOCIAL_DOMAIN}/users/{account.name}/statuses/{post.id}",
        "url": f"{base}/@{account.name}/{post.id}",
        "created_at": moment,
        "edited_at": None,
        "visibility": "public",
        "sensitive": False,
        "spoiler_text": "",
        "language": post.language,
        "in_reply_to_id": None,
        "reblog": None,
        "content": _content(post, base, link),
        "tags": [{"name": tag.lower(), "url": f"{base}/tags/{tag.lower()}"} for tag in post.tags],
        "mentions": [],
        "media_attachments": [],
        "emojis": [],
        "card": {"url": link, "title": "", "type": "link"} if link else None,
        "account": _account(account, base),
    }


def _content(post: Post, base: str, link: str) -> str:
    tags = " ".join(
        f'<a href="{base}/tags/{tag.lower()}" class="mention hashtag" rel="tag">#<span>{escape(tag)}</span></a>' for tag in post.tags
    )
    anchor = (
        f' <a href="{escape(link)}" rel="nofollow noopener" target="_blank">{escape(link.partition("//")[2][:30])}…</a>' if link else ""
    )
    return f"<p>{escape(post.text)}{anchor}</p><p>{tags}</p>"


def _account(account: Account, base: str) -> dict[str, Any]:
    return {
        "id": str(int(account.created.timestamp())),
        "username": account.name,
        "acct": account.name,
        "display_name": account.shown,
        "bot": False,
        "discoverable": True,
        "indexable": True,
        "created_at": account.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "url": f"{base}/@{account.name}",
        "followers_count": int(account.created.timestamp()) % 700,
    }
