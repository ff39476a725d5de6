from hypothesis import settings

# A busy machine is no fault of what is tested.
settings.register_profile("perpbox", deadline=None)
settings.load_profile("perpbox")
