"""Files made of a project's rows, kept in its own folder."""
