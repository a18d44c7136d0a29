"""An app that lets the layout say what the visit has done so far, and shows it."""
