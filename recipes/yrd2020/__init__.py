"""Recipe of the dataset ``yrd2020``: the Yangtze River Delta and the rest of China in 2020.

``cge data build yrd2020 --sources DIR`` builds it from a folder of official tables; the page
``docs/yrd2020.md`` says how, step by step, and what the result cannot know.
"""
