"""Totals and assets of a saved account answer against the engine's sums."""

from collections.abc import Mapping, Sequence
from typing import Final

from perpbox.calculator.answers_facts import units
from perpbox.calculator.answers_known import SETTLEMENT, Known, asset_rows
from perpbox.calculator.answers_scene import UNKNOWN_PROFIT, Scene
from perpbox.calculator.check import FieldCheck, Verdict, compare, not_checkable, printed_text
from perpbox.engine.collateral import Funds
from perpbox.engine.margin import AssetRisk
from perpbox.money import Amount, fixed

TOTALS: Final = (
    *("totalInitialMargin", "totalMaintMargin", "totalWalletBalance", "totalUnrealizedProfit"),
    *("totalMarginBalance", "totalPositionInitialMargin", "totalOpenOrderInitialMargin"),
    *("totalCrossWalletBalance", "totalCrossUnPnl", "availableBalance", "maxWithdrawAmount"),
)
ASSET_FIELDS: Final = (
    *("unrealizedProfit", "marginBalance", "maintMargin", "initialMargin"),
    *("positionInitialMargin", "openOrderInitialMargin", "crossWalletBalance", "crossUnPnl"),
    *("availableBalance", "maxWithdrawAmount"),
)
"""``walletBalance`` is an input."""
FREE: Final = ("availableBalance", "maxWithdrawAmount")
RESERVE_SHARE: Final = 50
"""A reserve above a fiftieth of the cross initial margin and profit sums is not believed."""
Texts = dict[tuple[str, str], str]
"""(asset or "" for the totals, field) -> text."""


def check_account(known: Known, scene: Scene) -> list[FieldCheck]:
    """Totals, then every asset."""
    printed = _printed(scene)
    computed = _computed(scene)
    reserves = _reserves(known, scene, printed)
    best = max(reserves, key=lambda each: _score(printed, {**computed, **reserves[each]}))
    computed |= reserves[best]
    found = []
    for (asset, field), text in printed.items():
        name = f"{scene.answer.file}: {asset or 'total'}"
        check = compare(name, field, text, computed[asset, field])
        is_used_up = check.verdict is Verdict.MATCH and (asset, field) == _reserve_field(known)
        if best and is_used_up:
            why = f"a reserve of {fixed(best)} was found from it; last prices are not its own"
            check = not_checkable(name, field, text, why)
        found.append(check)
    if known.multi_assets:
        found = _doubt_rates(known, found)
    for field, why in _unknown(scene).items():
        ends = HANGS_ON[field]
        found = [doubt(each, why) if each.field.endswith(ends) else each for each in found]
    return found


def _printed(scene: Scene) -> Texts:
    body = scene.answer.body
    found = {("", name): printed_text(body[name]) for name in TOTALS if name in body}
    for row in asset_rows(scene.answer):
        asset = printed_text(row.get("asset", ""))
        found |= {(asset, name): printed_text(row[name]) for name in ASSET_FIELDS if name in row}
    return found


def _computed(scene: Scene) -> Texts:
    found = {("", name): printed_text(scene.body.get(name, "")) for name in TOTALS}
    assets = scene.body["assets"]
    assert isinstance(assets, list)
    for row in assets:
        for name in ASSET_FIELDS:
            found[str(row["asset"]), name] = printed_text(row[name])
    return found


def _score(printed: Texts, computed: Mapping[tuple[str, str], str]) -> int:
    return sum(computed.get(key) == text for key, text in printed.items())


def _reserve_field(known: Known) -> tuple[str, str]:
    """The field that tells a reserve: of the asset, in multi-assets mode of the dollar sum."""
    return ("" if known.multi_assets else SETTLEMENT, FREE[0])


def _reserves(known: Known, scene: Scene, printed: Texts) -> dict[Amount, Texts]:
    """Texts that hang on the reserve, for none and for each that the answer may mean."""
    assets = list(dict.fromkeys(asset for asset, _ in printed if asset))
    base = _funds(scene, assets, Amount(0))
    free = base.total or base.risks.get(SETTLEMENT)
    found: dict[Amount, Texts] = {Amount(0): {}}
    if free is None:
        return found
    for key in ((SETTLEMENT, FREE[0]), ("", FREE[0])):
        if key not in printed or (known.multi_assets and key[0]):
            continue
        answered = units(scene.answer, {"available": printed[key]}, "available")
        reserve = Amount(free.available - answered)
        if 0 < reserve <= _reserve_max(free):
            found[reserve] = _free_texts(_funds(scene, assets, reserve))
    return found


def _reserve_max(risk: AssetRisk) -> Amount:
    return Amount(max(risk.cross_initial, abs(risk.cross_unrealized)) // RESERVE_SHARE)


def _funds(scene: Scene, assets: Sequence[str], reserve: Amount) -> Funds:
    """The engine's sums with a further reserve in them."""
    funds = Funds(scene.desk.state, scene.desk.account, assets)
    risk = funds.total or funds.risks.get(SETTLEMENT)
    if risk is not None:
        risk.adverse_gap = Amount(risk.adverse_gap + reserve)
    return funds


def _free_texts(funds: Funds) -> Texts:
    found: Texts = {}
    for asset in funds.risks:
        found[asset, FREE[0]] = fixed(funds.available(asset))
        found[asset, FREE[1]] = fixed(funds.max_withdraw(asset))
    total = funds.total or funds.risks[SETTLEMENT]
    found["", FREE[0]] = fixed(total.available)
    found["", FREE[1]] = fixed(total.max_withdraw)
    return found


HANGS_ON: Final = {
    "initialMargin": ("nitialMargin", *FREE),
    UNKNOWN_PROFIT: ("nrealizedProfit", "UnPnl", "arginBalance", *FREE),
}
"""What of the sums hangs on an input that nothing tells, by the end of its name."""


def _unknown(scene: Scene) -> dict[str, str]:
    """Inputs that sums hang on and nothing tells, with the reason."""
    return {field: why for (_, field), why in scene.open_fields.items() if field in HANGS_ON}


def doubt(check: FieldCheck, why: str) -> FieldCheck:
    """What does not come out is not checkable after all."""
    if check.computed == check.printed:
        return check
    return not_checkable(check.row, check.field, check.printed, why)


NO_RATES: Final = "the rates of its moment are not printed (assetIndex)"


def _doubt_rates(known: Known, checks: list[FieldCheck]) -> list[FieldCheck]:
    """Dollar sums hang on rates, which an answer does not print and which move each second."""
    dollar = [each for each in checks if each.row.endswith(": total") or each.field in FREE]
    matched = sum(each.computed == each.printed for each in dollar)
    if known.facts.rates and 2 * matched >= len(dollar):
        return checks
    known.rates_doubtful = True
    return [doubt(each, NO_RATES) if each in dollar else each for each in checks]
