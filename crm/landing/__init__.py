"""What a city offers to a company that would come: parks, policies, institutions, experts, plans, events.

A package per noun. What all catalogues share stands here: `entries` says once what is to know of a row, and forms,
sheets and exports follow from it; `pages` are the list, the page and the forms that every noun has.
"""
