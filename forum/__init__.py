"""Helping each other: categories, threads, replies, votes, solutions, reports."""
