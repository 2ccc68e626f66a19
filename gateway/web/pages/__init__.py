"""The pages: a record of `gateway.web.model` in, fragments of HTML out. Pure.

One module per page, the shared pieces in `parts`, the frame around them in `layout`.
"""
