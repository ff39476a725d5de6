"""How the answers of the market data endpoints are made, by what they are about."""
