"""A three-way merge of roadmaps: what changed upstream since a copy was made, put into the copy.

Pure. The three contents are of one origin and name its modules by the same ids; modules that were only ever in the copy
have ids of their own. What the learner wrote and what they have begun always stays: where both sides changed the same
part of a module, the learner's is kept unless they choose the other.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from roadmaps.content import PARTS, Content, ModuleContent, part
from roadmaps.enums import ChangeKind, Side

MERGED_PARTS = tuple(name for name in PARTS if name not in {"weeks", "requires"})
"""Parts that are taken from one side whole. Weeks are the learner's own; prerequisites are merged one by one."""


@dataclass(frozen=True, slots=True)
class PartOffer:
    """A part that upstream changed: as it was, as each side has it now, and which one the merge takes."""

    base: Any
    mine: Any
    upstream: Any
    takes: Side


@dataclass(frozen=True, slots=True)
class Offer:
    """What upstream did to a module: `added`, `removed` or `changed`; what the merge takes, and why not upstream's.

    `is_conflict` where both sides changed it and a choice is the learner's to make.
    """

    id: str
    title: str
    kind: ChangeKind
    takes: Side
    is_conflict: bool = False
    reason: str = ""
    parts: Mapping[str, PartOffer] | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """The modules that come out, in order, and an offer for each module that upstream changed."""

    modules: tuple[ModuleContent, ...]
    offers: tuple[Offer, ...]
    takes_order: bool
    """True where the order of upstream is taken: it was changed there, and not in the copy."""


def merge(
    base: Content,
    mine: Content,
    upstream: Content,
    *,
    begun: Collection[str] = (),
    choices: Mapping[str, Side] | None = None,
) -> Merge:
    """What upstream changed since `base`, put into `mine`.

    `begun` are modules that the learner has begun, completed or skipped: they are never taken out. `choices` name a
    side for modules; without one, upstream's change is taken where the learner changed nothing of the same.
    """
    was, ours, theirs = base.by_id(), mine.by_id(), upstream.by_id()
    choices = choices or {}
    offers: list[Offer] = []
    merged: dict[str, ModuleContent] = {}
    for key in {**theirs, **ours}:
        old, our, their = was.get(key), ours.get(key), theirs.get(key)
        module, offer = _merge_module(key, old, our, their, begun=key in begun, choice=choices.get(key))
        if module is not None:
            merged[key] = module
        if offer is not None:
            offers.append(offer)
    order, takes_order = _order(list(was), list(ours), list(theirs), merged)
    required = _requirements(was, ours, theirs, order, choices)
    modules = tuple(replace(merged[key], requires=required[key]) for key in order)
    return Merge(modules, tuple(offers), takes_order)


def _merge_module(
    key: str,
    old: ModuleContent | None,
    our: ModuleContent | None,
    their: ModuleContent | None,
    *,
    begun: bool,
    choice: Side | None,
) -> tuple[ModuleContent | None, Offer | None]:
    if their is None:
        return _removed_upstream(old, our, begun=begun, choice=choice)
    if our is None:
        if old is None:
            takes = choice or Side.UPSTREAM
            return their if takes == Side.UPSTREAM else None, Offer(key, their.title, ChangeKind.ADDED, takes)
        if not _differs(old, their):
            return None, None
        takes = choice or Side.MINE
        reason = "" if takes == Side.UPSTREAM else "You took it out."
        return their if takes == Side.UPSTREAM else None, Offer(
            key, their.title, ChangeKind.CHANGED, takes, True, reason
        )
    return _merge_parts(key, old or their, our, their, choice)


def _removed_upstream(
    old: ModuleContent | None, our: ModuleContent | None, *, begun: bool, choice: Side | None
) -> tuple[ModuleContent | None, Offer | None]:
    if our is None or old is None:
        return our, None
    if begun:
        return our, Offer(our.id, our.title, ChangeKind.REMOVED, Side.MINE, False, "You have begun it.")
    is_mine = _differs(old, our)
    takes = choice or (Side.MINE if is_mine else Side.UPSTREAM)
    reason = "You changed it." if takes == Side.MINE and is_mine else ""
    return our if takes == Side.MINE else None, Offer(our.id, our.title, ChangeKind.REMOVED, takes, is_mine, reason)


def _merge_parts(
    key: str, old: ModuleContent, our: ModuleContent, their: ModuleContent, choice: Side | None
) -> tuple[ModuleContent, Offer | None]:
    parts: dict[str, PartOffer] = {}
    taken: dict[str, Any] = {}
    is_conflict = False
    for name in MERGED_PARTS:
        base, mine, upstream = part(old, name), part(our, name), part(their, name)
        if upstream in (base, mine):
            continue
        is_clash = mine != base
        takes = choice or (Side.MINE if is_clash else Side.UPSTREAM)
        is_conflict |= is_clash
        parts[name] = PartOffer(base, mine, upstream, takes)
        if takes == Side.UPSTREAM:
            taken |= {field: getattr(their, field) for field in PARTS[name]}
    base, mine, upstream = part(old, "requires"), part(our, "requires"), part(their, "requires")
    if upstream not in (base, mine):
        parts["requires"] = PartOffer(base, mine, upstream, choice or Side.UPSTREAM)
    if not parts:
        return our, None
    sides = {offer.takes for offer in parts.values()}
    takes = Side.UPSTREAM if sides == {Side.UPSTREAM} else Side.MINE
    reason = "You changed the same." if is_conflict and choice is None else ""
    return replace(our, **taken), Offer(key, our.title, ChangeKind.CHANGED, takes, is_conflict, reason, parts)


def _differs(one: ModuleContent, other: ModuleContent) -> bool:
    return any(part(one, name) != part(other, name) for name in MERGED_PARTS)


def _order(was: list[str], ours: list[str], theirs: list[str], merged: Collection[str]) -> tuple[list[str], bool]:
    """The order of what comes out: upstream's where the learner moved nothing, else the learner's."""
    in_all = set(was) & set(ours) & set(theirs)
    base_order, our_order, their_order = ([key for key in ids if key in in_all] for ids in (was, ours, theirs))
    takes_order = our_order == base_order and their_order != base_order
    first, second = (theirs, ours) if our_order == base_order else (ours, theirs)
    order = [key for key in first if key in merged]
    return _with_inserted(order, [key for key in second if key in merged]), takes_order


def _with_inserted(order: list[str], other: Iterable[str]) -> list[str]:
    """`order` with what only `other` has, each behind the one that it follows there."""
    behind: dict[str | None, list[str]] = {}
    known, last = set(order), None
    for key in other:
        if key in known:
            last = key
        else:
            behind.setdefault(last, []).append(key)
    return [*behind.get(None, ()), *(each for key in order for each in (key, *behind.get(key, ())))]


def _requirements(
    was: Mapping[str, ModuleContent],
    ours: Mapping[str, ModuleContent],
    theirs: Mapping[str, ModuleContent],
    order: list[str],
    choices: Mapping[str, Side],
) -> dict[str, frozenset[str]]:
    """The prerequisites among what comes out: the learner's, less what upstream took away, and what it added.

    An edge of upstream that would close a circle with the learner's is left out.
    """
    present = set(order)
    nothing: frozenset[str] = frozenset()

    def edges(of: Mapping[str, ModuleContent], key: str) -> frozenset[str]:
        return of[key].requires if key in of else nothing

    required: dict[str, set[str]] = {}
    for key in order:
        own = edges(ours, key)
        gone = nothing if choices.get(key) == Side.MINE else edges(was, key) - edges(theirs, key)
        required[key] = set(own - (gone if key in theirs else nothing)) & present
    for key in order:
        if choices.get(key) == Side.MINE:
            continue
        for wanted in sorted((edges(theirs, key) - edges(was, key) if key in ours else edges(theirs, key)) & present):
            if not _rests_on(required, wanted, key):
                required[key].add(wanted)
    return {key: frozenset(each) for key, each in required.items()}


def _rests_on(required: Mapping[str, Collection[str]], module: str, other: str) -> bool:
    """Whether `module` is `other` or needs it, directly or not."""
    seen, waiting = {module}, [module]
    while waiting:
        current = waiting.pop()
        if current == other:
            return True
        new = set(required[current]) - seen
        seen |= new
        waiting.extend(new)
    return False
