"""红线: wording that no policy, agreement or promise may contain, as a dated list that an administrator edits."""
