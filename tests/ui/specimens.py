"""Values of every kind a card or a sentence is made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.domain.catalog import Style
from bot.domain.edits.edit import Edit, EditState, Outcome, Receipt
from bot.domain.edits.options import Adjusted, EditKind
from bot.domain.edits.pictures import FittedFile, Reading
from bot.domain.errors import Failure, LimitReached
from bot.domain.jobs.states import JobState
from bot.domain.limits.rules import Buyer, Limit, LimitSubject, Pot, Rule, RuleAuthor, Scope
from bot.domain.limits.status import Explanation, LimitStatus
from bot.domain.limits.windows import FOREVER, Span, Window
from bot.services.edits.preparation import PreviewCard

RENEWS_AT = 1_790_000_000


_ABOUT = {
    Scope.MEMBER: (1, 42),
    Scope.ROLE: (1, 77),
    Scope.CHANNEL: (1, 2),
    Scope.GUILD: (1, 1),
    Scope.BOT: (0, 0),
}


def standing(
    scope: Scope = Scope.MEMBER,
    window: Window = Window.DAY,
    *,
    cap: int = 1_000_000,
    spent: int = 80_000,
    held: int = 0,
) -> LimitStatus:
    """A limit of member 42, role 77, channel 2, guild 1 or the bot."""
    place, number = _ABOUT[scope]
    rule = Rule(
        subject=LimitSubject(scope, place, number),
        window=window,
        cap=cap,
        author=RuleAuthor.OPERATOR if scope is Scope.BOT else RuleAuthor.MODERATOR,
    )
    pot = Pot(Scope.MEMBER, 1, 42) if scope is Scope.ROLE else Pot(scope, place, number)
    end = FOREVER if window is Window.EVER else RENEWS_AT
    return LimitStatus(Limit(rule, pot), Span(0, end), spent=spent, held=held)


def explanation(*standings: LimitStatus) -> Explanation:
    """What there is to say to member 42."""
    return Explanation(
        Buyer(member_id=42, guild_id=1, channel_id=2), standings or (standing(),), ()
    )


def refusal(*standings: LimitStatus, count: int = 1, price: int = 80_000) -> LimitReached:
    """What is raised where these have no room."""
    return LimitReached(count=count, price=price, explanation=explanation(*standings))


def edit(**changes: Any) -> Edit:
    values: dict[str, Any] = {
        "id": 7,
        "origin": "discord:1",
        "kind": EditKind.EDIT,
        "root": None,
        "state": EditState.ENDED,
        "member_id": 42,
        "guild_id": 1,
        "channel_id": 2,
        "counted_channel_id": 2,
        "role_ids": (),
        "reply_id": 3,
        "model": "ideogram-v2",
        "provider": "embedded",
        "prompt": "a red door",
        "area": "top third",
        "reading": Reading.WORDS,
        "style": Style.AUTO,
        "count": 1,
        "seed": None,
        "rewrite": False,
        "price": 80_000,
        "unit_cost": 80_000_000,
        "source": "0" * 64,
        "mask": "1" * 64,
        "drawn": "1" * 64,
        "sent_picture": "2" * 64,
        "sent_mask": "3" * 64,
        "crop_left": 0,
        "crop_top": 0,
        "crop_width": 4000,
        "crop_height": 3000,
        "width": 4000,
        "height": 3000,
        "masked_pixels": 4_000_000,
        "feather": 12,
        "adjusted": Adjusted(),
        "question": None,
        "notes": (),
        "choices": (),
        "created_at": 1_780_000_000.5,
    }
    return Edit(**(values | changes))


def receipt(picture: Path | None = None, **changes: Any) -> Receipt:
    values: dict[str, Any] = {
        "job_id": 11,
        "state": JobState.DONE,
        "price": 80_000,
        "seed": 123,
        "request_id": "b6a2",
        "failure": None,
        "picture": picture,
        "changed_inside": 3_999_000,
        "changed_outside": 0,
        "pixels_outside": 8_000_000,
        "seconds": 4.25,
    }
    return Receipt(**(values | changes))


def no_picture(failure: Failure | None = Failure.CONTENT, **changes: Any) -> Receipt:
    return receipt(
        state=JobState.FAILED,
        price=0,
        failure=failure,
        changed_inside=None,
        changed_outside=None,
        pixels_outside=None,
        seconds=None,
        **changes,
    )


def outcome(asked: Edit, *receipts: Receipt) -> Outcome:
    return Outcome(
        edit=asked,
        source=Path("source"),
        receipts=receipts,
        charged=sum(entry.price for entry in receipts),
        standing=standing(),
    )


def preview(asked: Edit, picture: Path, *, mask: Path | None = None) -> PreviewCard:
    fitted = FittedFile(path=picture, media_type="image/webp", exact=False)
    return PreviewCard(edit=asked, standing=standing(), picture=fitted, mask=mask)
