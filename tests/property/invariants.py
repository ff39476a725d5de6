"""What holds after every command: books, counters, money, the register of holders."""

from perpbox.engine.exchange import Exchange
from perpbox.engine.ledger import CLEARING
from perpbox.engine.orders import Order
from perpbox.engine.state import Account
from perpbox.engine.types import PositionSide, Side


def check_books(exchange: Exchange) -> None:
    """Orders, their counters and the notional they add up to agree everywhere."""
    state = exchange.state
    in_books: dict[int, Order] = {}
    for market in state.markets.values():
        book = market.book
        bid, ask = book.best_bid(), book.best_ask()
        assert bid is None or ask is None or bid < ask
        for side in (book.bids, book.asks):
            assert side.keys == sorted(side.levels)
            for key, level in side.levels.items():
                assert key == level.price * side.sign
                assert level.street >= 0
                assert level.street or level.orders
                assert level.own == sum(order.remaining for order in level.orders.values())
                ahead = 0
                for order in level.orders.values():
                    assert ahead <= order.street_ahead <= level.street
                    ahead = order.street_ahead
                in_books |= level.orders
    for account in state.accounts.values():
        for order in account.open_orders.values():
            assert in_books.pop(order.order_id) is order
            assert order.remaining > 0
            assert account.client_order_ids[order.client_order_id] == order.order_id
        assert len(account.client_order_ids) == len(account.open_orders)
        check_holdings(account)
    assert in_books == {}


def check_holdings(account: Account) -> None:
    """Each leg's order notional is that of its resting orders; counters count them."""
    isolated: dict[str, int] = {}
    for symbol, holding in account.holdings.items():
        orders = [o for o in account.open_orders.values() if o.symbol == symbol]
        assert holding.open_orders == len(orders)
        assert holding.reducing_orders == sum(o.reduces for o in orders)
        for leg in (holding.both, holding.long, holding.short):
            own = [o for o in orders if o.position_side is leg.side and not o.reduce_only]
            value = {
                side: sum(o.price * o.remaining // 10**8 for o in own if o.side is side)
                for side in Side
            }
            assert (leg.bid_notional, leg.ask_notional) == (value[Side.BUY], value[Side.SELL])
            isolated[holding.instrument.margin_asset] = (
                isolated.get(holding.instrument.margin_asset, 0) + leg.isolated_wallet
            )
            if leg.side is PositionSide.LONG:
                assert leg.quantity >= 0
            if leg.side is PositionSide.SHORT:
                assert leg.quantity <= 0
            if leg not in holding.legs(account.hedge):
                assert not leg.quantity
            if not leg.quantity:
                assert (leg.cost, leg.entry_e20, leg.entry8, leg.isolated_wallet) == (0, 0, 0, 0)
            else:
                assert leg.cost * leg.quantity > 0
                assert leg.entry8 == leg.entry_e20 // 10**12
            if not holding.is_isolated:
                assert leg.isolated_wallet == 0
            for order in orders:
                if order.reduces and order.position_side is leg.side:
                    assert leg.quantity * order.side < 0, "it has nothing to reduce"
    for asset, total in account.isolated_total.items():
        assert total == isolated.get(asset, 0)


def check_money(exchange: Exchange) -> None:
    """Nothing appears: the ledger, quantities and costs add up to zero."""
    state = exchange.state
    assert set(state.ledger.total().values()) <= {0}
    costs: dict[str, int] = {}
    for symbol, market in state.markets.items():
        quantity, cost = int(market.street_quantity), int(market.street_cost)
        for account in state.accounts.values():
            holding = account.holdings.get(symbol)
            if holding is not None:
                for leg in (holding.both, holding.long, holding.short):
                    quantity += leg.quantity
                    cost += leg.cost
        assert quantity == 0
        asset = market.instrument.margin_asset
        costs[asset] = costs.get(asset, 0) + cost
    for asset, cost in costs.items():
        assert state.ledger.balance(CLEARING, asset) + cost == 0


def check_holders(exchange: Exchange) -> None:
    """The register of holders names every position once; nobody else has a quantile."""
    state = exchange.state
    for symbol, market in state.markets.items():
        held = {
            (account.account_id, leg.side)
            for account in state.accounts.values()
            if symbol in account.holdings
            for holding in [account.holdings[symbol]]
            for leg in (holding.both, holding.long, holding.short)
            if leg.quantity
        }
        assert set(market.holders) == held
    for account in state.accounts.values():
        for holding in account.holdings.values():
            assert not (account.multi_assets and holding.is_isolated)
            assert not (holding.is_auto_add and not holding.is_isolated)
            assert holding.leverage <= holding.brackets[0].initial_leverage
            for leg in (holding.both, holding.long, holding.short):
                assert 0 <= leg.adl <= 4
                assert leg.quantity or not leg.adl
