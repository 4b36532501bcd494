"""Reviews under way: what a person sees of each value, does to it, and says in the end."""
