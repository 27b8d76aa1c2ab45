"""`python -m finetune_guard` is `finetune-guard`."""

from finetune_guard.cli.main import main

main()
