"""Recipe of the dataset ``yrd2020``: the Yangtze River Delta and the rest of China in 2020.

``cge data build yrd2020 --sources DIR`` builds it from a folder of official tables; ``README.md``
beside this file says how, step by step, and what the result cannot know.
"""
