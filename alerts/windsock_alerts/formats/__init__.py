"""The same rules and routes as other programs read them: one module per form."""
