"""Who may do what with which table: one module an app, found by its name.

To add a table in five minutes, in `tables/<app>.py`:

1. `build(world)` makes a row that belongs to `world.learner` (factories) and hands it to `world.remember(row)`. It runs
   after the modules of the apps before it, so `world.match` (active, learner and mentor) and their rows are there.
2. `TABLES["app_table"] = Access(...)` names for each command the identities that may (`access.py` has the sets), a
   `new_row` that the learner would insert, `columns_of(Factory.build(…), …)`, and the column that UPDATE sets.
   A second case of the same table gets a key such as `"matches_message: from the mentor"` and its own `row`.

`pytest tests/policies -k app_table` runs what concerns the table. Rows that nobody else may see hold the text
`world.SECRET` in some column: `test_second_wall.py` looks for it in the answers that others get.
"""
