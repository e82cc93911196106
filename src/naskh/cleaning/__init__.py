"""A corpus without duplicates: copies, repeats inside articles, boilerplate taken out, with an account of it."""
