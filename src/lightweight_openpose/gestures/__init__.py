"""What a tracked person does: arms raised, waving, pointing, facing, fallen."""
