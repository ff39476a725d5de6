"""Long runs from a seed; ``make simulation`` runs them whole, the test suite a shorter piece."""
