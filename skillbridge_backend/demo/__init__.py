"""`make demo`: the main job, walked over HTTP against a running installation, each step printed with what came back."""
