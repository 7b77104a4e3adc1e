"""Recipe of the dataset ``yrd2020``: the Yangtze River Delta and the rest of China in 2020.

``python -m sam.recipes.yrd2020 --sources DIR --out FOLDER`` builds it from a folder of official
tables; ``README.md`` beside this file says how, step by step, and what the result cannot know.
"""
