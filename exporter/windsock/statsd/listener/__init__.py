"""The engine on sockets: what `windsock statsd serve` runs, and no line can end or spoil."""
