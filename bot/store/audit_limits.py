"""The audit's questions about limits: counters and their windows, and who set what."""

from __future__ import annotations

from typing import Final

LIMITS: Final = """
    WITH latest AS MATERIALIZED (
        -- `action`, `after` and `actor_id` are those of the row with the greatest id.
        SELECT guild_id, scope, subject, window, author, action, after, actor_id, max(id) AS id
        FROM limit_change WHERE action IN ('set', 'remove')
        GROUP BY guild_id, scope, subject, window, author
    )
    SELECT 'over its cap' AS problem, id FROM counter WHERE held + spent > cap
    -- A day may have 22 to 26 hours, wherever clocks are changed; the bounds are rounded outwards.
    UNION ALL SELECT 'wrong window', id FROM counter
        WHERE held < 0 OR spent < 0 OR CASE window
            WHEN 'hour' THEN ends - starts NOT BETWEEN 1 AND 3600
            WHEN 'day' THEN ends - starts NOT BETWEEN 20 * 3600 AND 28 * 3600
            WHEN 'week' THEN ends - starts NOT BETWEEN 160 * 3600 AND 176 * 3600
            WHEN 'month' THEN ends - starts NOT BETWEEN 27 * 86400 AND 32 * 86400
            WHEN 'ever' THEN starts <> 0 OR ends <> 9007199254740992
            ELSE TRUE END
    UNION ALL SELECT 'alert elsewhere', alert.id FROM alert
        JOIN counter ON counter.id = alert.counter_id JOIN job ON job.id = alert.job_id
        WHERE job.provider <> counter.provider OR job.created_at < counter.starts
           OR job.created_at >= counter.ends OR CASE counter.scope
            WHEN 'member' THEN (counter.guild_id, counter.subject) <> (job.guild_id, job.member_id)
            WHEN 'channel' THEN (counter.guild_id, counter.subject)
                <> (job.guild_id, job.channel_id)
            WHEN 'guild' THEN (counter.guild_id, counter.subject) <> (job.guild_id, job.guild_id)
            ELSE (counter.guild_id, counter.subject) <> (0, 0) END
    UNION ALL SELECT 'limit not logged', rule.id
        FROM spending_limit AS rule LEFT JOIN latest USING (
            guild_id, scope, subject, window, author)
        WHERE latest.action IS NOT 'set' OR latest.after IS NOT CAST(rule.cap AS TEXT)
           OR latest.actor_id IS NOT rule.set_by
    UNION ALL SELECT 'limit gone', latest.id
        FROM latest LEFT JOIN spending_limit AS rule USING (
            guild_id, scope, subject, window, author)
        WHERE latest.action = 'set' AND rule.id IS NULL
"""

BOOSTS: Final = """
    -- Each boost beside the line of the log about it. Both were written in one step: where several
    -- are alike to the moment, the first belongs to the first.
    WITH known AS MATERIALIZED (
        SELECT *, row_number() OVER (
            PARTITION BY guild_id, scope, subject, window, amount, set_by, starts ORDER BY id
        ) AS place
        FROM boost
    ), given AS MATERIALIZED (
        SELECT guild_id, scope, subject, window, after, actor_id, created_at, ends, row_number()
            OVER (PARTITION BY guild_id, scope, subject, window, after, actor_id, created_at
                  ORDER BY id) AS place
        FROM limit_change WHERE action = 'boost'
    ), pair AS MATERIALIZED (
        SELECT known.id, known.guild_id, known.scope, known.subject, known.window, known.starts,
               given.after AS amount, given.ends AS promised, known.ends
        FROM known LEFT JOIN given ON given.guild_id = known.guild_id
            AND given.scope = known.scope AND given.subject = known.subject
            AND given.window = known.window AND given.actor_id = known.set_by
            AND given.after = CAST(known.amount AS TEXT) AND given.created_at = known.starts
            AND given.place = known.place
    ), cut AS MATERIALIZED (
        SELECT guild_id, scope, subject, window, before AS amount, ends AS promised,
               created_at AS ends, count(*) AS times
        FROM limit_change WHERE action = 'end boost'
        GROUP BY guild_id, scope, subject, window, before, ends, created_at
    ), ended AS MATERIALIZED (
        SELECT guild_id, scope, subject, window, amount, promised, SUM(times) AS times
        FROM cut GROUP BY guild_id, scope, subject, window, amount, promised
    ), early AS MATERIALIZED (
        SELECT guild_id, scope, subject, window, amount, promised,
               count(*) FILTER (WHERE ends < promised) AS times
        FROM pair GROUP BY guild_id, scope, subject, window, amount, promised
    )
    SELECT 'boost not logged' AS problem, pair.id
        FROM pair
        LEFT JOIN early USING (guild_id, scope, subject, window, amount, promised)
        LEFT JOIN ended USING (guild_id, scope, subject, window, amount, promised)
        LEFT JOIN cut USING (guild_id, scope, subject, window, amount, promised, ends)
        WHERE pair.promised IS NULL OR CASE
            WHEN pair.ends > pair.promised THEN TRUE
            -- What was ended goes on.
            WHEN pair.ends = pair.promised THEN COALESCE(ended.times, 0) > early.times
            -- By a clock that was set back since, it ended when it began.
            WHEN pair.ends = pair.starts THEN ended.times IS NULL
            ELSE cut.times IS NULL END
"""
