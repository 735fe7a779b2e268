"""What a tracked person does with body and hands: waving, pointing, an open palm, fallen."""
