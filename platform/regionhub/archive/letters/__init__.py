"""Dead letters: messages that could not pass, kept until somebody mends what they failed on."""
