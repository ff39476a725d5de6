"""Saved answers: recognized, rebuilt, recomputed, and told apart from changed ones."""

import json
from functools import cache
from pathlib import Path

import pytest

from perpbox.box import Box
from perpbox.calculator.answers import AnswersError, Kind, read_answers
from perpbox.calculator.answers_check import Report, check_folder
from perpbox.calculator.check import Verdict
from perpbox.calculator.recorded import ROW_KINDS, Sample, read_recording
from perpbox.cli import main
from tests.golden.risk.test_recorded_rows import HERE, KNOWN_MISSES
from tests.live import Live
from tests.unit.calculator import saved as box_answers
from tests.unit.calculator.saved import (
    ACCOUNT_V2,
    ACCOUNT_V3,
    ASSET_INDEX,
    BRACKETS,
    EVERYTHING,
    LAST,
    ORDERS,
    RISK_V2,
    RISK_V3,
    SETTINGS,
    SYMBOLS,
    Saved,
    changed,
    ok,
    save,
    with_other_digit,
)

ONE_WAY, HEDGE = False, True


@cache
def answers(hedge: bool) -> Saved:
    return box_answers.answers_of(hedge)


def fields(report: Report, verdict: Verdict) -> set[tuple[str, str]]:
    return {(each.row, each.field) for each in report.checks if each.verdict is verdict}


COMPLETE = (
    EVERYTHING,
    (RISK_V2, RISK_V3, ACCOUNT_V2, ACCOUNT_V3),
    (RISK_V2, ACCOUNT_V2),
    (RISK_V3, ACCOUNT_V3),
    (RISK_V3, ACCOUNT_V3, SETTINGS),
    (RISK_V3, ACCOUNT_V3, ORDERS),
    (RISK_V2,),
    (RISK_V3,),
    (ACCOUNT_V2,),
    (ACCOUNT_V3,),
)


@pytest.mark.parametrize("hedge", [ONE_WAY, HEDGE], ids=["one-way", "hedge"])
@pytest.mark.parametrize("paths", COMPLETE, ids=lambda paths: f"{len(paths)}:{paths[0][5:]}")
def test_a_box_matches_itself(tmp_path: Path, hedge: bool, paths: tuple[str, ...]) -> None:
    """RSK-100: whatever of its answers is saved, all that can be checked comes out."""
    report = check_folder(save(tmp_path, answers(hedge), *paths))
    assert report.matched == report.checked >= 20
    assert not report.differs


@pytest.mark.parametrize("hedge", [ONE_WAY, HEDGE], ids=["one-way", "hedge"])
def test_everything_is_checked_when_everything_is_saved(tmp_path: Path, hedge: bool) -> None:
    """RSK-100: only the break-even of held legs is left, whose fees no answer prints."""
    report = check_folder(save(tmp_path, answers(hedge)))
    left = {field for _, field in fields(report, Verdict.NOT_CHECKABLE)}
    assert left == {"breakEvenPrice"}
    checked = {field for _, field in fields(report, Verdict.MATCH)}
    assert checked >= {
        *("unRealizedProfit", "liquidationPrice", "isolatedMargin", "maxNotionalValue"),
        *("notional", "initialMargin", "maintMargin", "positionInitialMargin"),
        *("openOrderInitialMargin", "bidNotional", "askNotional", "availableBalance"),
        *("totalMarginBalance", "maxWithdrawAmount", "crossWalletBalance", "totalCrossUnPnl"),
    }


CHANGES = [
    (RISK_V2, "unRealizedProfit"),
    (RISK_V2, "liquidationPrice"),
    (RISK_V2, "isolatedMargin"),
    (RISK_V2, "notional"),
    (RISK_V2, "maxNotionalValue"),
    (RISK_V3, "initialMargin"),
    (RISK_V3, "maintMargin"),
    (RISK_V3, "positionInitialMargin"),
    (RISK_V3, "openOrderInitialMargin"),
    (RISK_V3, "bidNotional"),
    (ACCOUNT_V2, "totalMaintMargin"),
    (ACCOUNT_V2, "availableBalance"),
    (ACCOUNT_V2, "maxWithdrawAmount"),
    (ACCOUNT_V2, "crossUnPnl"),
    (ACCOUNT_V2, "unrealizedProfit"),
    (ACCOUNT_V2, "notional"),
    (ACCOUNT_V3, "totalWalletBalance"),
    (ACCOUNT_V3, "totalInitialMargin"),
    (ACCOUNT_V3, "marginBalance"),
    (ACCOUNT_V3, "isolatedMargin"),
]


@pytest.mark.parametrize("hedge", [ONE_WAY, HEDGE], ids=["one-way", "hedge"])
@pytest.mark.parametrize(("path", "field"), CHANGES)
def test_one_changed_digit_is_found(tmp_path: Path, hedge: bool, path: str, field: str) -> None:
    """RSK-101: the field is named, with what it should have been."""
    original = answers(hedge)
    spoiled = changed(original, path, field)
    report = check_folder(save(tmp_path, spoiled))
    assert report.differs
    found = [each for each in report.checks if each.verdict is Verdict.DIFFERS]
    assert field in {each.field for each in found}
    mine = next(each for each in found if each.field == field)
    assert mine.row.startswith(f"{EVERYTHING.index(path)}.json: ")
    texts = json.dumps(original[path])
    assert f'"{mine.computed}"' in texts


@pytest.mark.parametrize(
    ("path", "field"),
    [(RISK_V2, "liquidationPrice"), (RISK_V3, "maintMargin"), (ACCOUNT_V2, "availableBalance")],
)
def test_a_changed_digit_is_found_without_brackets(tmp_path: Path, path: str, field: str) -> None:
    """RSK-101: also where only position risk and account are saved."""
    spoiled = changed(answers(ONE_WAY), path, field)
    report = check_folder(save(tmp_path, spoiled, RISK_V2, RISK_V3, ACCOUNT_V2))
    assert field in {name for _, name in fields(report, Verdict.DIFFERS)}


def test_the_last_digit_may_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-102: one unit of the last digit is shown and does not match, but is no failure."""
    spoiled = json.loads(json.dumps(answers(ONE_WAY)))
    row = next(row for row in spoiled[RISK_V2] if row["symbol"] == "BTCUSDT")
    text = row["unRealizedProfit"]
    row["unRealizedProfit"] = text[:-1] + str(int(text[-1]) - 1)
    folder = save(tmp_path, spoiled)
    report = check_folder(folder)
    assert report.matched == report.checked - 1
    assert fields(report, Verdict.LAST_DIGIT) == {("0.json: BTCUSDT", "unRealizedProfit")}
    assert main(["risk", "--answers", str(folder)]) == 0
    row["unRealizedProfit"] = with_other_digit(text, last=True)
    assert main(["risk", "--answers", str(save(tmp_path, spoiled))]) == 1
    assert "last digit" in capsys.readouterr().out


def test_exit_code_and_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-103: field by field with n of m; 0 when all comes out, 1 when something differs."""
    assert main(["risk", "--answers", str(save(tmp_path / "a", answers(HEDGE)))]) == 0
    said = capsys.readouterr()
    report = check_folder(tmp_path / "a")
    assert f"matched {report.matched} of {report.checked} checked fields" in said.out
    for word in ("printed", "computed", "difference", "n of m", "not checkable"):
        assert word in said.out
    spoiled = changed(answers(HEDGE), RISK_V2, "liquidationPrice")
    assert main(["risk", "--answers", str(save(tmp_path / "b", spoiled))]) == 1
    said = capsys.readouterr()
    line = next(line for line in said.out.splitlines() if "differs" in line)
    assert "liquidationPrice" in line


def test_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-103: the same for programs."""
    spoiled = changed(answers(ONE_WAY), RISK_V3, "maintMargin")
    folder = save(tmp_path, spoiled)
    assert main(["risk", "--answers", str(folder), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["matched"] == found["checked"] - 1
    wrong = [row for row in found["fields"] if row["verdict"] == "differs"]
    assert [row["field"] for row in wrong] == ["maintMargin"]
    assert wrong[0]["difference"]


def test_names_mean_nothing(tmp_path: Path) -> None:
    """RSK-104: files are known by their shape, lists of one row as single objects too."""
    kinds = {
        "a": (RISK_V2, Kind.RISK_V2),
        "b": (RISK_V3, Kind.RISK_V3),
        "c": (ACCOUNT_V2, Kind.ACCOUNT_V2),
        "d": (ACCOUNT_V3, Kind.ACCOUNT_V3),
        "e": (SETTINGS, Kind.SYMBOL_CONFIG),
        "f": ("/fapi/v1/exchangeInfo", Kind.EXCHANGE_INFO),
        "g": (BRACKETS, Kind.BRACKETS),
        "h": ("/fapi/v1/premiumIndex", Kind.PREMIUM_INDEX),
        "i": (ORDERS, Kind.OPEN_ORDERS),
        "j": (LAST, Kind.LAST_PRICE),
    }
    for name, (path, _) in kinds.items():
        (tmp_path / name).write_text(json.dumps(answers(ONE_WAY)[path]))
    (tmp_path / "k").write_text(json.dumps(answers(ONE_WAY)[RISK_V2][0]))
    found = {each.file: each.kind for each in read_answers(tmp_path).files}
    assert found == {**{name: kind for name, (_, kind) in kinds.items()}, "k": Kind.RISK_V2}


def test_what_is_left_aside_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-104: empty lists, refusals and unknown shapes leave a note."""
    save(tmp_path, answers(ONE_WAY), RISK_V3, ACCOUNT_V3)
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "refused.json").write_text('{"code": -2015, "msg": "Invalid API-key"}')
    (tmp_path / "other.json").write_text('{"serverTime": 1}')
    (tmp_path / "notes.txt").write_text("saved on Monday")
    assert main(["risk", "--answers", str(tmp_path)]) == 0
    said = capsys.readouterr().err
    for words in ("none.json is an empty list", "-2015 Invalid API-key", "other.json", "notes.txt"):
        assert words in said


BAD_FOLDERS = [
    ({}, "nothing of use"),
    ({"a.json": "{"}, "a.json: not JSON"),
    ({"a.json": ""}, "a.json"),
    ({"a.json": '{"serverTime": 1}'}, "no answer of positionRisk"),
    ({"a.json": "[1, 2]"}, "no answer of positionRisk"),
    ({"a.json": '[{"symbol": "X", "marginType": "cross", "leverage": 5}]'}, "symbolConfig"),
    ({"a.txt": "hello"}, "a.txt is left aside"),
]


@pytest.mark.parametrize(("files", "words"), BAD_FOLDERS)
def test_folders_that_cannot_be_used(
    tmp_path: Path, files: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """RSK-105: exit code 2 and what to change."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert main(["risk", "--answers", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


BAD_VALUES = [
    ("positionAmt", "0.0x1", "not a decimal"),
    ("markPrice", "1.123456789", "not a decimal of at most 8 places"),
    ("markPrice", "-5", "below 0"),
    ("entryPrice", "high", "not a price"),
    ("positionSide", "UP", "side"),
    ("updateTime", "soon", "not a number"),
    ("liquidationPrice", None, "not a decimal"),
]


@pytest.mark.parametrize(("field", "value", "words"), BAD_VALUES)
def test_values_that_cannot_be_read(tmp_path: Path, field: str, value: object, words: str) -> None:
    """RSK-105: file, contract and field are named."""
    spoiled = json.loads(json.dumps(answers(ONE_WAY)))
    spoiled[RISK_V2][0][field] = value
    with pytest.raises(AnswersError) as refused:
        check_folder(save(tmp_path, spoiled, RISK_V2))
    assert words in str(refused.value)
    assert "0.json" in str(refused.value)


def test_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RSK-105: a folder that is not there; and options that do not go together."""
    assert main(["risk", "--answers", str(tmp_path / "gone")]) == 2
    assert "is no folder" in capsys.readouterr().err
    folder = str(save(tmp_path, answers(ONE_WAY), RISK_V3))
    assert main(["risk", "--answers", folder, "--move", "BTCUSDT=1%"]) == 2
    assert main(["risk", "x.json", "--api-date", "2026-01-01"]) == 2
    assert main(["risk", "--answers", folder, "--api-date", "yesterday"]) == 2
    assert "--api-date" in capsys.readouterr().err


def test_the_era(tmp_path: Path) -> None:
    """RSK-106: the day of the newest update, or the day given."""
    old = box_answers.answers_of(ONE_WAY, api_date="2025-06-15")
    folder = save(tmp_path, old)
    report = check_folder(folder)
    assert report.vintage.api_date == "2025-06-15"
    assert report.matched == report.checked
    later = check_folder(folder, "2025-08-01")
    assert later.vintage.api_date == "2025-08-01"
    assert {field for _, field in fields(later, Verdict.LAST_DIGIT)} >= {"initialMargin"}


def test_what_inputs_do_not_determine(tmp_path: Path) -> None:
    """RSK-107: a cross price without the wallet or the other positions, a hidden leverage."""
    report = check_folder(save(tmp_path / "a", answers(ONE_WAY), RISK_V3))
    open_fields = fields(report, Verdict.NOT_CHECKABLE)
    assert ("0.json: BTCUSDT", "liquidationPrice") in open_fields
    assert ("0.json: ETHUSDT", "liquidationPrice") in fields(report, Verdict.MATCH)
    some = json.loads(json.dumps(answers(ONE_WAY)))
    some[RISK_V3] = [row for row in some[RISK_V3] if row["symbol"] != "BNBUSDT"]
    report = check_folder(save(tmp_path / "b", some, RISK_V3, ACCOUNT_V3))
    notes = {
        each.note
        for each in report.checks
        if (each.row, each.field) == ("0.json: BTCUSDT", "liquidationPrice")
    }
    assert notes == {"the answer lacks the position in BNBUSDT"}
    assert not report.differs


def test_leverage_from_settings_or_margins(tmp_path: Path) -> None:
    """RSK-107: v3 prints no leverage; symbolConfig does, else margins tell it."""
    report = check_folder(save(tmp_path / "a", answers(ONE_WAY), ACCOUNT_V3))
    assert "initialMargin" in {field for _, field in fields(report, Verdict.NOT_CHECKABLE)}
    report = check_folder(save(tmp_path / "b", answers(ONE_WAY), ACCOUNT_V3, SETTINGS, ORDERS))
    assert "initialMargin" not in {field for _, field in fields(report, Verdict.NOT_CHECKABLE)}


def test_a_reserve_is_found_and_believed(tmp_path: Path) -> None:
    """RSK-108: without last prices the gap between last and mark comes from the answer."""
    report = check_folder(save(tmp_path, answers(HEDGE), RISK_V3, ACCOUNT_V3))
    open_fields = fields(report, Verdict.NOT_CHECKABLE)
    assert ("1.json: USDT", "availableBalance") in open_fields
    assert ("1.json: total", "availableBalance") in fields(report, Verdict.MATCH)


def multi_assets_answers() -> Saved:
    with Box(market="none", clock="frozen", symbols=SYMBOLS) as box:
        for symbol, price in (("BTCUSDT", "60000.1"), ("ETHUSDT", "3000.3")):
            box.set_price(symbol, price)
        account = box.account(wallets={"USDT": "5000.5", "BTC": "0.123", "USDC": "77.7"})
        client = Live(box.url, account.key, account.secret, box.desk.now_ms())
        ok(client.signed("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true"))
        for symbol, side, quantity in (("BTCUSDT", "SELL", "0.2"), ("ETHUSDT", "BUY", "1.5")):
            terms = {"symbol": symbol, "side": side, "quantity": quantity, "type": "MARKET"}
            ok(client.signed("POST", "/fapi/v1/order", **terms))
        for symbol, mark in (("BTCUSDT", "59999.12345678"), ("ETHUSDT", "2987.65432109")):
            ok(client.lab("POST", "/prices", {"symbol": symbol, "mark": mark}))
        paths = (*EVERYTHING, ASSET_INDEX)
        return {path: ok(client.signed("GET", path)) for path in paths}


def test_multi_assets(tmp_path: Path) -> None:
    """RSK-110: dollar sums with the saved rates; without them they are not checkable."""
    saved = multi_assets_answers()
    report = check_folder(save(tmp_path / "a", saved))
    assert report.matched == report.checked
    totals = {field for row, field in fields(report, Verdict.MATCH) if row == "2.json: total"}
    assert totals >= {"totalWalletBalance", "availableBalance", "totalInitialMargin"}
    assert ("0.json: BTCUSDT", "liquidationPrice") in fields(report, Verdict.MATCH)
    spoiled = changed(saved, ACCOUNT_V2, "totalMarginBalance")
    assert check_folder(save(tmp_path / "c", spoiled)).differs
    report = check_folder(save(tmp_path / "b", saved, RISK_V3, ACCOUNT_V2))
    assert not report.differs
    open_fields = fields(report, Verdict.NOT_CHECKABLE)
    assert ("1.json: total", "totalWalletBalance") in open_fields


def recorded() -> list[Sample]:
    samples = read_recording(HERE).samples.values()
    return [each for each in samples if each.kind in ROW_KINDS and each.row["symbol"] != "?"]


@pytest.mark.parametrize("sample", recorded(), ids=lambda sample: sample.id)
def test_recorded_rows_as_answers(tmp_path: Path, sample: Sample) -> None:
    """RSK-109: a row of the real venue, saved alone, differs in nothing but the known misses."""
    kind = ROW_KINDS[sample.kind].value
    row = {name: value for name, value in sample.row.items() if name != "leverage" or "v2" in kind}
    answer: object = [row]
    if kind.startswith("account"):
        flags = {"canTrade": True} if kind.endswith("v2") else {}
        answer = {**flags, "assets": [], "positions": [row]}
    (tmp_path / "saved.json").write_text(json.dumps(answer))
    report = check_folder(tmp_path, sample.as_of)
    wrong = {field for _, field in fields(report, Verdict.DIFFERS)}
    known = {field for name, field in KNOWN_MISSES if name == sample.id}
    # A wrong profit goes on into the isolated margin.
    assert wrong <= {*known, "isolatedMargin"} if known else wrong == set()
    assert report.checked or sample.row["positionAmt"] == "0.00"
