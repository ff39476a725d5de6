"""Events with few words."""

from perpbox.engine.events import (
    FundingFixed,
    IsolatedMarginMoved,
    LedgerPosted,
    OrderAccepted,
    OrderAmended,
    OrderEnded,
    OrderTraded,
    TradePrinted,
)
from perpbox.engine.types import (
    EndReason,
    LedgerKind,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradeSource,
)
from perpbox.money import SCALE, Amount, Price, Qty, Rate

SYMBOL = "BTCUSDT"
USDT = "USDT"


def accepted(
    order_id: int,
    at_ms: int = 0,
    account_id: int = 1,
    symbol: str = SYMBOL,
    client_order_id: str = "",
) -> OrderAccepted:
    return OrderAccepted(
        account_id=account_id,
        order_id=order_id,
        symbol=symbol,
        client_order_id=client_order_id or f"c{order_id}",
        side=Side.BUY,
        position_side=PositionSide.BOTH,
        order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=Qty(2 * SCALE),
        price=Price(100 * SCALE),
        reduce_only=False,
        self_trade_prevention=SelfTradePrevention.EXPIRE_MAKER,
        price_match=PriceMatch.NONE,
        good_till_ms=0,
        at_ms=at_ms,
    )


def traded(
    order_id: int,
    at_ms: int = 0,
    executed: int = 2,
    account_id: int = 1,
    symbol: str = SYMBOL,
    trade_id: int = 1,
) -> OrderTraded:
    return OrderTraded(
        account_id=account_id,
        order_id=order_id,
        symbol=symbol,
        trade_id=trade_id,
        side=Side.BUY,
        position_side=PositionSide.BOTH,
        price=Price(100 * SCALE),
        quantity=Qty(SCALE),
        quote=Amount(100 * SCALE),
        is_maker=False,
        realized=Amount(0),
        commission=Amount(5),
        margin_asset=USDT,
        commission_asset=USDT,
        executed=Qty(executed * SCALE),
        cum_quote=Amount(executed * 100 * SCALE),
        status=OrderStatus.FILLED if executed == 2 else OrderStatus.PARTIALLY_FILLED,
        at_ms=at_ms,
    )


def ended(order_id: int, at_ms: int = 0, account_id: int = 1, symbol: str = SYMBOL) -> OrderEnded:
    return OrderEnded(
        account_id=account_id,
        order_id=order_id,
        symbol=symbol,
        status=OrderStatus.CANCELED,
        reason=EndReason.USER,
        at_ms=at_ms,
    )


def amended(order_id: int, price: int, quantity: int, at_ms: int = 0) -> OrderAmended:
    return OrderAmended(
        account_id=1,
        order_id=order_id,
        symbol=SYMBOL,
        price=Price(price * SCALE),
        quantity=Qty(quantity * SCALE),
        price_match=PriceMatch.NONE,
        at_ms=at_ms,
    )


def printed(
    trade_id: int,
    at_ms: int,
    price: int = 100,
    quantity: int = 1,
    buyer_is_maker: bool = False,
    symbol: str = SYMBOL,
) -> TradePrinted:
    return TradePrinted(
        symbol=symbol,
        trade_id=trade_id,
        price=Price(price * SCALE),
        quantity=Qty(quantity * SCALE),
        quote=Amount(price * quantity * SCALE),
        buyer_is_maker=buyer_is_maker,
        source=TradeSource.STREET,
        at_ms=at_ms,
    )


def posted(
    at_ms: int, kind: LedgerKind = LedgerKind.COMMISSION, symbol: str = SYMBOL, account_id: int = 1
) -> LedgerPosted:
    return LedgerPosted(
        account_id=account_id,
        kind=kind,
        asset=USDT,
        amount=Amount(-1),
        balance=Amount(0),
        symbol=symbol,
        trade_id=0,
        transaction_id=at_ms,
        at_ms=at_ms,
    )


def margin_moved(at_ms: int, amount: int, symbol: str = SYMBOL) -> IsolatedMarginMoved:
    return IsolatedMarginMoved(
        account_id=1,
        symbol=symbol,
        position_side=PositionSide.BOTH,
        asset=USDT,
        amount=Amount(amount),
        by_user=True,
        at_ms=at_ms,
    )


def funding_fixed(funding_ms: int, symbol: str = SYMBOL) -> FundingFixed:
    return FundingFixed(symbol=symbol, rate=Rate(10_000), mark=Price(SCALE), funding_ms=funding_ms)
