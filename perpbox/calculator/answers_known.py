"""What is known around all saved answers: facts, brackets, assets mode."""

from typing import Final

import msgspec

from perpbox.calculator.answers import CHECKED, Answer, Answers, Kind
from perpbox.calculator.answers_brackets import Chosen, choose
from perpbox.calculator.answers_facts import Facts, Row, text, units

SETTLEMENT: Final = "USDT"
ACCOUNTS: Final = (Kind.ACCOUNT_V2, Kind.ACCOUNT_V3)


class Known(msgspec.Struct, kw_only=True):
    """What is known around all answers: one look for all of them."""

    answers: Answers
    facts: Facts
    brackets: dict[str, Chosen]
    multi_assets: bool
    rates_doubtful: bool = False
    """Multi-assets: the sums say that the saved rates are of another moment, or none are saved."""


def know(answers: Answers, facts: Facts) -> Known:
    """Look at all answers once."""
    by_symbol: dict[str, list[Row]] = {}
    for answer in answers.of(*CHECKED):
        for row in answer.rows:
            by_symbol.setdefault(text(row, "symbol"), []).append(row)
    return Known(
        answers=answers,
        facts=facts,
        brackets={symbol: choose(symbol, rows, facts) for symbol, rows in by_symbol.items()},
        multi_assets=_is_multi(answers),
        rates_doubtful=not facts.rates,
    )


def _is_multi(answers: Answers) -> bool:
    """Assets mode: as an answer says, else whether both totals are other than those of USDT."""
    for answer in answers.of(Kind.ACCOUNT_V2):
        if "multiAssetsMargin" in answer.body:
            return text(answer.body, "multiAssetsMargin") == "true"
    return any(_counts_in_dollars(answer) for answer in answers.of(*ACCOUNTS))


def _counts_in_dollars(answer: Answer) -> bool:
    own = next((row for row in asset_rows(answer) if row.get("asset") == SETTLEMENT), None)
    if own is None:
        return False
    return all(
        total in answer.body and units(answer, answer.body, total) != units(answer, own, field)
        for total, field in (
            ("totalWalletBalance", "walletBalance"),
            ("totalMarginBalance", "marginBalance"),
        )
    )


def asset_rows(answer: Answer) -> list[Row]:
    """The assets of an account answer."""
    listed = answer.body.get("assets")
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
