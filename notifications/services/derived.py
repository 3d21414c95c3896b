"""News and deliveries held against the facts that they tell of, for `manage.py check_derived`.

Here: how apps declare which news their facts must have, and the decisions about deliveries. There are two directions:
`news` finds facts that nobody was told of, and repairs by the function that the trigger calls; `unfounded` finds news
that the facts contradict, which are only reported: somebody may have acted on them. News of facts that were deleted
since are no fault. Unread news are counted from the rows when somebody asks, so nothing else hangs on them.
"""

from django.conf import settings

from skillbridge_backend.core.derived import DerivedValue

DEMANDED_DAYS = 14
"""Facts older than this need no news: hardly anybody wants to hear of them now, and old news may be cleared away."""

SETTLING = "interval '1 minute'"
"""Whether somebody followed, or had read, is compared by times, which say nothing about writers that met. Longer than
any request's transaction, and than clocks differ."""


def since(column: str) -> str:
    """The condition that this time is recent enough for news to be demanded."""
    return f"{column} > now() - interval '{DEMANDED_DAYS} days'"


def news(name: str, *, facts: str, repair: str, keys: str = "id") -> DerivedValue:
    """News that facts must have: `facts` selects `recipient_id`, `told` (the uniqueness key) and the `keys` of repair.

    `facts` leaves out what a person did themselves and what is too old. People whose account is closed are left out
    here: their news may go with them.
    """
    facts = f"""
        SELECT fact.* FROM ({facts}) AS fact
        JOIN users_user AS recipient ON recipient.id = fact.recipient_id AND recipient.is_active
    """  # noqa: S608  # all of it is written in our code
    return DerivedValue(
        name=name,
        rows=f"SELECT count(*) FROM ({facts}) AS demanded",  # noqa: S608
        wrong=f"""
            SELECT DISTINCT {keys} FROM ({facts}) AS demanded WHERE NOT EXISTS (
                SELECT FROM notifications_notification AS there WHERE there.uniqueness_key = demanded.told)
        """,  # noqa: S608
        repair=repair,
    )


def unfounded(name: str, *, kinds: tuple[str, ...], wrong: str) -> DerivedValue:
    """News of these kinds that the facts contradict; `wrong` selects the ids of the notifications. Only reported."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return DerivedValue(
        name=name,
        rows=f"SELECT count(*) FROM notifications_notification WHERE kind IN ({listed})",  # noqa: S608
        wrong=wrong,
        repair="",
    )


def derived() -> tuple[DerivedValue, ...]:
    """What this app itself derives; the retention of deliveries is a setting, so it is read when apps are ready."""
    # A day less than what is kept, so that a check does not race the removal.
    days = min(DEMANDED_DAYS, settings.RETENTION_DELIVERY_DAYS - 1)
    recent = f"notification.created_at > now() - interval '{days} days'"
    return (
        DerivedValue(
            name="notifications: deliveries",
            rows=f"SELECT count(*) FROM notifications_notification AS notification WHERE {recent}",  # noqa: S608
            # Whether and why it was sent is history: preferences change. That it was decided on is what must hold, for
            # the channels that were there from the first release; a later one is not demanded of news before it.
            wrong=f"""
                SELECT DISTINCT notification.id
                FROM notifications_notification AS notification
                CROSS JOIN (VALUES ('in_app'), ('email')) AS channel (name)
                LEFT JOIN notifications_delivery AS delivery
                    ON delivery.notification_id = notification.id AND delivery.channel = channel.name
                WHERE {recent} AND delivery.id IS NULL
            """,  # noqa: S608
            repair="SELECT private.notifications_decide(%s::uuid[])",
        ),
        DerivedValue(
            name="notifications: reach of broadcasts",
            rows="SELECT count(*) FROM notifications_broadcast",
            # The job adds to it in the transaction that tells people, so nobody was told who was not counted. More
            # counted than told is right: news go with the people who leave.
            wrong=f"SELECT id FROM ({_REACH}) AS reached WHERE told > recipient_count",  # noqa: S608
            repair=f"""
                UPDATE notifications_broadcast AS broadcast SET recipient_count = reached.told
                FROM ({_REACH}) AS reached
                WHERE broadcast.id = reached.id AND broadcast.id = ANY (%s::uuid[])
                    AND reached.told > broadcast.recipient_count
            """,  # noqa: S608
        ),
    )


_REACH = """
    SELECT broadcast.id, broadcast.recipient_count, count(notification.id) AS told
    FROM notifications_broadcast AS broadcast
    JOIN notifications_notification AS notification
        ON notification.kind = 'announcement' AND notification.target_id = broadcast.id
    GROUP BY broadcast.id
"""
