"""labeler as a step of other people's schedulers: what they are handed, and what a step tells and takes from them."""
