"""Which gauge lies above which, and how long water takes between them."""
