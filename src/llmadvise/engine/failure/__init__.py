"""Why an engine failed: its log and the way it ended, read into a plain sentence, and the plan that will work instead."""
