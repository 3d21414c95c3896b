"""Work done: the log of it, GitHub connections and deliveries, streaks and daily figures."""
