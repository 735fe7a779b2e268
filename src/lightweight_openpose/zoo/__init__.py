"""Which networks there are, where their files lie and what they say of themselves."""
