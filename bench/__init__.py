"""What hogloop costs, as ratios to a named peer that is measured in the same run."""
