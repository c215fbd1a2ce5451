"""Smart render: only the groups of pictures that change are coded again; every other packet stays as it is.

The writer's side; the gate compares packets and pictures through libavformat and knows none of this.
"""
