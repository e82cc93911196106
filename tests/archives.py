"""Web archives for tests: invented pages of invented outlets, in records as crawlers write them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence

DATE = "2025-11-30T08:00:00Z"

#: A story of the made-up agency, as paragraphs.
STORY = (
    "افتتحت بلدية وادي الريحان صباح اليوم الأحد جسرا جديدا يربط ضفتي الوادي بعد أعمال دامت ثلاث سنوات كاملة.",
    "وقال رئيس البلدية إن الجسر سيخفف الازدحام في وسط المدينة ويقصر الطريق إلى الميناء بنحو عشرين دقيقة.",
    "وأضاف أن المرحلة الثانية من المشروع ستبدأ في الربيع المقبل وتشمل أرصفة للمشاة ومسارا للدراجات الهوائية.",
    "وبلغت كلفة الأعمال أربعين مليون دينار دفع نصفها صندوق التنمية المحلية والباقي من ميزانية البلدية نفسها.",
)
OTHER = (
    "أعلنت جمعية مربي النحل في سهل الزعتر أن محصول العسل هذا الموسم تراجع بنسبة الثلث بسبب الجفاف الطويل.",
    "ودعت الجمعية وزارة الزراعة إلى تعويض المربين الصغار الذين فقدوا أكثر من نصف خلاياهم خلال فصل الصيف.",
    "ويعيش من تربية النحل في السهل نحو ستمئة أسرة تبيع إنتاجها في الأسواق الأسبوعية القريبة من القرى.",
)


def page(title: str, paragraphs: Sequence[str], *, head: str = "", site: str = "صحيفة مثال") -> str:
    """A page with a menu, a sidebar, comments and a footer around its story."""
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!DOCTYPE html>
<html lang="ar" dir="rtl"><head><title>{title} | {site}</title>
<meta property="og:title" content="{title}">{head}</head>
<body><nav><ul><li><a href="/">الرئيسية</a></li><li><a href="/sport">رياضة</a></li></ul></nav>
<article><h1>{title}</h1>{body}</article>
<aside><h3>اقرأ أيضا</h3><ul><li><a href="/1">خبر آخر من الأرشيف</a></li></ul></aside>
<div class="comments"><p>تعليق من زائر يقول إنه سعيد جدا بهذا الخبر ويشكر الصحيفة عليه.</p></div>
<footer><p>جميع الحقوق محفوظة © 2014</p></footer></body></html>"""


def record(url: str, block: bytes, *, kind: str = "response", content_type: str | None = None) -> bytes:
    """A WARC record, not compressed."""
    content_type = content_type or "application/http; msgtype=response"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: {DATE}\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{zlib.crc32(url.encode()):012}>\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def response(
    url: str,
    body: bytes | str,
    *,
    content_type: str | None = "text/html; charset=utf-8",
    status: str = "200 OK",
    headers: Sequence[str] = (),
) -> bytes:
    """A record of a page that was fetched."""
    content = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {content_type}"] if content_type else []), *headers]
    return record(url, "\r\n".join([*lines, "", ""]).encode() + content)


def packed(*records: bytes) -> bytes:
    """A .warc.gz: each record a gzip member of its own."""
    return b"".join(gzip.compress(each, mtime=0) for each in records)
