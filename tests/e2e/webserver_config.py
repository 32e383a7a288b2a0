"""Everybody may do everything in the web server of 2.x, which runs for one scenario, on loopback."""

AUTH_ROLE_PUBLIC = "Admin"
