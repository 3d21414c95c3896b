"""Rewards: badges with declared criteria, awards, the points ledger, levels and leaderboards."""
