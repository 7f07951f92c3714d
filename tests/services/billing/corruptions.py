"""What can go wrong in books, as SQL, and what the audit has to say of it: `test_audit.fill`."""

from __future__ import annotations

from bot.services.billing.audit import AuditProblem as P
from tests.support.books import NOW

ENTRY = "INSERT INTO ledger_entry (job_id, kind, held, spent, created_at) VALUES"
ALERT = "INSERT INTO alert (counter_id, threshold, job_id, cap, spent, created_at) VALUES"
CARD = """
    INSERT INTO outbox (kind, turn, address, state, created_at, subject, edit_id)
    VALUES ('result', 2, '[]', 'due', 0,
"""
LIMIT = """
    INSERT INTO spending_limit (
        guild_id, scope, subject, window, author, cap, set_by, set_at, reason) VALUES
"""
CHANGE = """
    INSERT INTO limit_change (guild_id, action, scope, subject, window, author, after, actor_id,
                              reason, created_at) VALUES
"""

FIVE = f"{LIMIT} (7, 'guild', 7, 'day', 'moderator', 5, 1, 0, '');"
SET = f"{CHANGE} (7, 'set', 'guild', 7, 'day', 'moderator', '5', 1, '', 0);"
SET_SIX = f"{CHANGE} (7, 'set', 'guild', 7, 'day', 'moderator', '6', 1, '', 0);"
REMOVED = f"{CHANGE} (7, 'remove', 'guild', 7, 'day', 'moderator', NULL, 1, '', 0);"
SWAPPED = "UPDATE job SET failure = 'swapped'"
STOP = f"""
    INSERT INTO pause (provider, model, reason, job_id, since, lifted_at, lifted_by)
    SELECT provider, model, 'swapped', 2, {NOW} - 9, {NOW} - 1, 'shell' FROM edit WHERE id = 1
"""
ALIKE = """
    INSERT INTO boost (guild_id, scope, subject, window, amount, starts, ends, set_by, reason)
    SELECT guild_id, scope, subject, window, amount, starts, ends, set_by, reason FROM boost
"""

GIVEN = f"""
    INSERT INTO limit_change (guild_id, action, scope, subject, window, author, after, ends,
                              actor_id, reason, created_at)
    VALUES (7, 'boost', 'guild', 7, 'day', 'moderator', '5', {NOW} + 3600, 1, '', {NOW});
    INSERT INTO boost (guild_id, scope, subject, window, amount, starts, ends, set_by, reason)
    VALUES (7, 'guild', 7, 'day', 5, {NOW}, {NOW} + 3600, 1, '');
"""
"""A boost as it is given."""

ENDED = f"""
    INSERT INTO limit_change (guild_id, action, scope, subject, window, author, before, ends,
                              actor_id, reason, created_at)
    VALUES (7, 'end boost', 'guild', 7, 'day', 'moderator', '5', {NOW} + 3600, 2, '', {NOW} + 60);
"""
"""The log's line about its end before its time."""

STRANGER = """
    INSERT INTO cost_entry (job_id, provider, request_id, state, change, reason, created_at)
"""

CORRUPTIONS: list[tuple[str, tuple[P, int]]] = [
    ("DELETE FROM ledger_entry WHERE job_id = 5", (P.NOT_HELD, 5)),
    (f"{ENTRY} (5, 'hold', 0, 0, 0)", (P.HELD_TWICE, 5)),
    (f"{ENTRY} (1, 'release', 0, 0, 0)", (P.CLOSED_TWICE, 1)),
    ("UPDATE job SET price = 1 WHERE id = 5", (P.HOLD_NOT_PRICE, 5)),
    ("DELETE FROM ledger_entry WHERE job_id = 2 AND kind = 'release'", (P.HOLD_LEFT, 2)),
    (f"{ENTRY} (3, 'release', -80000, 0, 0)", (P.HOLD_GONE, 3)),
    (
        "UPDATE ledger_entry SET spent = 80000 WHERE job_id = 2 AND kind = 'release'",
        (P.CHARGED_FOR_NOTHING, 2),
    ),
    (
        "UPDATE ledger_entry SET spent = 0, kind = 'release' WHERE job_id = 1 AND held < 0",
        (P.NOT_CHARGED, 1),
    ),
    ("UPDATE counter SET held = held + 1 WHERE id = 1", (P.COUNTER_WRONG, 1)),
    ("UPDATE counter SET spent = spent - 1 WHERE id = 2", (P.COUNTER_WRONG, 2)),
    ("UPDATE counter SET subject = 77, held = 5 WHERE id = 3", (P.COUNTER_WRONG, 3)),
    ("UPDATE counter SET provider = 'other' WHERE id = 1", (P.COUNTER_WRONG, 1)),
    ("UPDATE counter SET cap = held + spent - 1 WHERE id = 1", (P.OVER_CAP, 1)),
    ("UPDATE counter SET ends = ends + 86400 WHERE id = 1", (P.WRONG_WINDOW, 1)),
    (
        f"""
            INSERT INTO counter (id, provider, scope, guild_id, subject, window, starts, ends)
            VALUES (99, 'test', 'bot', 0, 0, 'ever', 5, {2**53})
            """,
        (P.WRONG_WINDOW, 99),
    ),
    ("UPDATE job SET member_id = 9 WHERE id = 5", (P.ELSEWHERE, 5)),
    ("UPDATE job SET guild_id = 9 WHERE id = 5", (P.ELSEWHERE, 5)),
    ("UPDATE job SET channel_id = 9 WHERE id = 1", (P.ELSEWHERE, 1)),
    ("UPDATE edit SET counted_channel_id = 51 WHERE id = 1", (P.ELSEWHERE, 1)),
    ("UPDATE job SET unit_cost = 1 WHERE id = 5", (P.OTHER_PRICE, 5)),
    ("UPDATE edit SET price = 1 WHERE id = 3", (P.OTHER_PRICE, 5)),
    ("UPDATE job SET cost = cost + 1 WHERE id = 1", (P.COST_WRONG, 1)),
    ("UPDATE job SET cost_state = 'settled' WHERE id = 1", (P.COST_WRONG, 1)),
    ("DELETE FROM cost_entry WHERE job_id = 3", (P.COST_WRONG, 3)),
    (
        """
            UPDATE cost_entry SET state = 'possible'
            WHERE id = (SELECT max(id) FROM cost_entry WHERE job_id = 1)
            """,
        (P.COST_WRONG, 1),
    ),
    (
        "UPDATE ledger_entry SET spent = 79999 WHERE job_id = 1 AND kind = 'capture'",
        (P.NOT_CHARGED, 1),
    ),
    ("UPDATE job SET picture = NULL WHERE id = 1", (P.CHARGED_FOR_NOTHING, 1)),
    ("DELETE FROM outbox", (P.NOT_BROUGHT, 1)),
    (f"{ALERT} (1, 50, 3, 9, 5, 0)", (P.ALERT_ELSEWHERE, 1)),
    (FIVE, (P.LIMIT_NOT_LOGGED, 1)),
    (f"{FIVE} {SET} {SET_SIX}", (P.LIMIT_NOT_LOGGED, 1)),
    (f"{FIVE} {SET} {REMOVED}", (P.LIMIT_NOT_LOGGED, 1)),
    (
        """
            INSERT INTO boost (
                guild_id, scope, subject, window, amount, starts, ends, set_by, reason)
            VALUES (7, 'guild', 7, 'day', 5, 0, 1, 1, '')
            """,
        (P.BOOST_NOT_LOGGED, 1),
    ),
    (f"{GIVEN} UPDATE boost SET ends = ends + 1e9", (P.BOOST_NOT_LOGGED, 1)),
    (f"{GIVEN} UPDATE boost SET starts = 0", (P.BOOST_NOT_LOGGED, 1)),
    (f"{GIVEN} UPDATE boost SET ends = ends - 60", (P.BOOST_NOT_LOGGED, 1)),
    (f"{GIVEN} {ENDED}", (P.BOOST_NOT_LOGGED, 1)),
    (f"{GIVEN} {ENDED} UPDATE boost SET ends = {NOW} + 90", (P.BOOST_NOT_LOGGED, 1)),
    (f"{GIVEN} {ALIKE}", (P.BOOST_NOT_LOGGED, 2)),
    (SET, (P.LIMIT_GONE, 1)),
    (f"{REMOVED} {SET}", (P.LIMIT_GONE, 2)),
    (f"{STRANGER} VALUES (NULL, 'test', 'r-1', 'settled', 80000000, '', 0)", (P.COST_TWICE, 1)),
    (
        f"""
            {STRANGER} SELECT id, provider, 'r-4', cost_state, 0, '', 0 FROM job WHERE id = 4;
            {STRANGER} VALUES (NULL, 'test', 'r-4', 'settled', 80000000, '', 0)
            """,
        (P.COST_TWICE, 4),
    ),
    (f"{STRANGER} VALUES (NULL, 'test', 'alien', 'settled', -1, '', 0)", (P.COST_BELOW_NOTHING, 7)),
    ("UPDATE job SET request_id = 'r-4' WHERE id = 4", (P.RECEIPT_UNUSED, 4)),
    ("UPDATE edit SET count = 3 WHERE id = 1", (P.JOBS_MISSING, 1)),
    ("UPDATE edit SET state = 'dropped' WHERE id = 3", (P.JOB_TOO_EARLY, 3)),
    ("UPDATE edit SET state = 'running' WHERE id = 1; DELETE FROM outbox", (P.NEVER_ENDED, 1)),
    (f"UPDATE edit SET state = 'ended' WHERE id = 3; {CARD} 3, 3)", (P.ENDED_TOO_EARLY, 3)),
    ("DELETE FROM outbox", (P.NO_CARD, 1)),
    (f"{CARD} 2, 2)", (P.CARD_TOO_EARLY, 2)),
    ("UPDATE edit SET root = 2 WHERE id = 3", (P.BOUGHT_TWICE, 2)),
    (
        """
            INSERT INTO edit SELECT 9, 'twin', state, member_id, guild_id, channel_id, reply_id,
                model, provider, prompt, area, reading, style, count, seed, rewrite, price,
                unit_cost, source, mask, sent_picture, sent_mask, crop_left, crop_top, crop_width,
                crop_height, width, height, masked_pixels, notes, created_at, kind, id, drawn,
                feather, adjusted, question, choices, NULL, '[]' FROM edit WHERE id = 4
            """,
        (P.TWO_DRAFTS, 4),
    ),
    ("UPDATE job SET failure = 'swapped' WHERE id = 2", (P.NOT_STOPPED, 2)),
    (f"UPDATE job SET failure = 'swapped' WHERE id = 2; {STOP}", (P.NOT_STOPPED, 2)),
    (
        f"""
            UPDATE job SET failure = 'swapped', intended_at = {NOW} WHERE id = 2;
            INSERT INTO pause (provider, model, reason, job_id, since, lifted_at, lifted_by)
            SELECT provider, model, 'swapped', 2, {NOW} - 9, {NOW} - 1, 'shell'
            FROM edit WHERE id = 1
            """,
        (P.NOT_STOPPED, 2),
    ),
    ("UPDATE job SET changed_outside = 1 WHERE id = 1", (P.CHANGED_OUTSIDE, 1)),
    ("UPDATE job SET changed_outside = NULL WHERE id = 1", (P.CHANGED_OUTSIDE, 1)),
]


AMOUNTS = (P.COUNTER_WRONG,)
FOLLOWS: dict[P, tuple[P, ...]] = {
    P.NOT_HELD: AMOUNTS,
    P.HOLD_LEFT: AMOUNTS,
    P.HOLD_GONE: AMOUNTS,
    P.CHARGED_FOR_NOTHING: AMOUNTS,
    P.NOT_CHARGED: AMOUNTS,
    P.ELSEWHERE: AMOUNTS,
    P.WRONG_WINDOW: AMOUNTS,
    P.HOLD_NOT_PRICE: (P.OTHER_PRICE,),
    P.NO_CARD: (P.NOT_BROUGHT,),
    P.NOT_BROUGHT: (P.NO_CARD,),
}
"""What else a damage contradicts: whatever changes an amount changes what counters should be."""

SOUND = {
    "a boost that goes on": (f"{GIVEN}"),
    "two alike in one moment": (f"{GIVEN} {GIVEN}"),
    "a boost that was ended": (f"{GIVEN} {ENDED} UPDATE boost SET ends = {NOW} + 60"),
    "one of two that was ended": (
        f"{GIVEN} {GIVEN} {ENDED} UPDATE boost SET ends = {NOW} + 60 WHERE id = 2"
    ),
    "a limit that was removed": (
        f"{CHANGE} (7, 'set', 'guild', 7, 'day', 'moderator', '5', 1, '', 0);"
        f"{CHANGE} (7, 'remove', 'guild', 7, 'day', 'moderator', NULL, 1, '', 0)"
    ),
    "a stranger found to be a job's": (
        f"{STRANGER} VALUES (NULL, 'test', 'r-1', 'settled', 80000000, '', 0);"
        f"{STRANGER} VALUES (NULL, 'test', 'r-1', 'settled', -80000000, 'found to be a job''s', 0)"
    ),
    "a stranger at another provider": (
        f"{STRANGER} VALUES (NULL, 'other', 'r-1', 'settled', 80000000, '', 0)"
    ),
}
"""What looks odd, and was done by the rules."""
