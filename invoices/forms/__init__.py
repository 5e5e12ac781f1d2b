"""The simple screen: what a person types, and the FA(3) tree it becomes."""
