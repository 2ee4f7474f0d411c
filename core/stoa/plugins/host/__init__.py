"""Plugins in processes of their own, which can be killed: what runs there owns nothing of ours.

    apart      one plugin, as the facade asks it
    pool       its processes: one deadline, a kill for whoever is late, another on its way
    keeper     the thread that has processes started
    process    one of them, as the server holds it
    frames     length and JSON, over a socket pair
    nursery    (``python -I -m stoa.plugins.host``) the small process that forks them
    child      what runs in them
    confine    what they give up first; kernel: how

    server ── keeper ── nursery ── host of a plugin's questions
       └───────── line ──────────────┘

A process is killed by its pidfd; it is the first of its own process namespace where the kernel
offers that, so that all it ever started dies with it. When the server ends, however it ends, the
line to the nursery does, and the nursery takes every host with it.
"""
