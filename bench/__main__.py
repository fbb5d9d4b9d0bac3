"""`python -m bench`: one command a table."""

from bench.speed.command import main

if __name__ == "__main__":
    main(prog_name="python -m bench")
