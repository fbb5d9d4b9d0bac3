"""``python -m recommender`` is ``footpath``."""

from recommender.cli.main import main

if __name__ == "__main__":
    main()
