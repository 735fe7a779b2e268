"""The program `pose`: one file per subcommand."""
