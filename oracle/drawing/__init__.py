"""Markup and charts, drawn without a library: what the dashboard, the report and the label share. Pure.

`html` builds elements that cannot be left unescaped, `series` says what is drawn, `scale` where, `svg` draws it, `words` names numbers and
times. Colours are classes of whatever style sheet the page has.
"""
