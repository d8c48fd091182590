"""What is typed behind `codex-tui`: its arguments, and one module for what each command does.

`cli` chooses the command; parts of the program come from `composition`.
"""
