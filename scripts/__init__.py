"""Scripts that make what is checked in: reference pages, pictures, election files."""
