"""Read articles as people have them: one module per kind of file, and `reading` for all of them."""
