"""What arrived and what became of it: frames, dead letters, replays, retention."""
