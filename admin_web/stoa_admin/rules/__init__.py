"""The room of rules: ladders, campaigns, challenges and their kin, edited by forms.

A form is described once as parts (`parts`); from that come the document it writes (`reading`), its
drawing (`drawing`), what a rule says in words and the difference of two versions (`telling`).
Operators never see how a document is written.
"""
