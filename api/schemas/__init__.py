"""What goes over the wire: own models, never the tables."""
