"""One file per trace: what two accounts may have done alike. ``objects(posts)`` gives the rows and the objects they acted on."""
