"""What `make bench` runs: each module measures one room against a limit measured in the same run, since machines are noisy."""
