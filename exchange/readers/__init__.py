"""One module per format that can be read: `sniff` says how sure it is, `read` gives documents, `load` columns."""
