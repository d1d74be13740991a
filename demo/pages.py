"""The pages of the exercise's sites in three shapes, with the navigation, banners and footers that a reader has to see past."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

from demo.country import Outlet
from demo.world import Article

WORDS: dict[str, dict[str, Any]] = {
    "fr": {
        "nav": ("À la une", "Politique", "Économie", "Sport", "Culture", "Météo", "Abonnements"),
        "cookies": "Nous utilisons des cookies pour mesurer l'audience de ce site. Vous pouvez accepter ou refuser.",
        "accept": "Accepter",
        "more": "À lire aussi",
        "letter": "Recevez chaque matin l'essentiel de l'actualité dans votre boîte aux lettres.",
        "by": "Par",
        "on": "Publié le",
        "rights": "Tous droits réservés. Mentions légales. Contact.",
    },
    "de": {
        "nav": ("Startseite", "Politik", "Wirtschaft", "Sport", "Kultur", "Wetter", "Abo"),
        "cookies": "Wir verwenden Cookies, um die Reichweite zu messen. Sie können zustimmen oder ablehnen.",
        "accept": "Zustimmen",
        "more": "Lesen Sie auch",
        "letter": "Das Wichtigste des Tages jeden Morgen in Ihrem Postfach.",
        "by": "Von",
        "on": "Veröffentlicht am",
        "rights": "Alle Rechte vorbehalten. Impressum. Datenschutz.",
    },
}
MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"),
}


def spoken(moment: datetime, language: str) -> str:
    """A date as the page's readers write it."""
    return f"{moment.day}{'.' if language == 'de' else ''} {MONTHS[language][moment.month - 1]} {moment.year}"


def article(page: Article, outlet: Outlet, base: str, others: Sequence[Article]) -> str:
    """A whole page. ``base``: the site's address without a slash at its end; ``others``: what it offers to read next."""
    head = [
        '<meta charset="utf-8">',
        f"<title>{escape(page.title)} | {escape(outlet.name)}</title>",
        f'<link rel="canonical" href="{base}{page.path}">',
        f'<meta property="og:title" content="{escape(page.title, quote=True)}">',
        f'<meta property="og:site_name" content="{escape(outlet.name, quote=True)}">',
        *_dated(page, outlet, base),
    ]
    body = {"jsonld": _wide, "opengraph": _boxed, "plain": _bare}[outlet.shape](page, WORDS[page.language])
    return _framed(outlet, page.language, head, body + _others(others, base, page.language))


def _dated(page: Article, outlet: Outlet, base: str) -> list[str]:
    moment = page.published.isoformat()
    if outlet.shape == "jsonld":
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": page.title,
            "datePublished": moment,
            "dateModified": moment,
            "inLanguage": page.language,
            "author": {"@type": "Person", "name": page.author},
            "publisher": {"@type": "Organization", "name": outlet.name},
            "mainEntityOfPage": f"{base}{page.path}",
        }
        return ['<script type="application/ld+json">' + json.dumps(data, ensure_ascii=False).replace("</", "<\\/") + "</script>"]
    if outlet.shape == "opengraph":
        return [
            '<meta property="og:type" content="article">',
            f'<meta property="article:published_time" content="{moment}">',
            f'<meta name="author" content="{escape(page.author, quote=True)}">',
        ]
    return []


def _paragraphs(page: Article) -> str:
    return "\n".join(f"<p>{escape(text)}</p>" for text in page.paragraphs)


def _wide(page: Article, words: Mapping[str, object]) -> str:
    return (
        f'<main><article><header><h1>{escape(page.title)}</h1><p class="byline">{words["by"]} {escape(page.author)}</p></header>'
        f'<div class="article-body">{_paragraphs(page)}</div></article></main>'
    )


def _boxed(page: Article, words: Mapping[str, object]) -> str:
    first, *rest = page.paragraphs
    body = "\n".join(f"<p>{escape(text)}</p>" for text in rest)
    return (
        f'<div id="content"><div class="post"><h1 class="title">{escape(page.title)}</h1>'
        f'<div class="meta"><span>{words["by"]} {escape(page.author)}</span> <time datetime="{page.published.isoformat()}">'
        f"{spoken(page.published, page.language)}</time></div><p><strong>{escape(first)}</strong></p>{body}"
        f'<div class="newsletter"><p>{words["letter"]}</p></div></div></div>'
    )


def _bare(page: Article, words: Mapping[str, object]) -> str:
    return (
        f'<div class="col-main"><h2>{escape(page.title)}</h2><p class="date">{words["on"]} {spoken(page.published, page.language)}</p>'
        f'<div class="texte">{_paragraphs(page)}</div></div>'
    )


def _others(others: Sequence[Article], base: str, language: str) -> str:
    links = "".join(f'<li><a href="{base}{o.path}">{escape(o.title)}</a></li>' for o in others)
    return f'<aside class="related"><h3>{WORDS[language]["more"]}</h3><ul>{links}</ul></aside>'


def _framed(outlet: Outlet, language: str, head: list[str], body: str) -> str:
    words = WORDS[language]
    nav = "".join(f'<li><a href="/{i}">{escape(word)}</a></li>' for i, word in enumerate(words["nav"]))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}"><head>\n{chr(10).join(head)}\n</head><body>\n'
        f'<div class="cookie-banner" role="dialog"><p>{words["cookies"]}</p><button>{words["accept"]}</button></div>\n'
        f'<header class="site"><a href="/">{escape(outlet.name)}</a><nav><ul>{nav}</ul></nav></header>\n{body}\n'
        f"<footer><p>© {escape(outlet.name)}. {words['rights']}</p></footer>\n</body></html>\n"
    )


def front(outlet: Outlet, base: str, newest: Sequence[Article]) -> str:
    """The first page of a site."""
    links = "".join(f'<li><a href="{base}{a.path}">{escape(a.title)}</a></li>' for a in newest)
    return _framed(outlet, outlet.language, [f"<title>{escape(outlet.name)}</title>"], f"<main><ul>{links}</ul></main>")
