"""The mention that anyone burnt into any video: looked for everywhere, with nothing known of it beforehand."""
