"""The routes, one file per resource; `api.main` lists them."""
